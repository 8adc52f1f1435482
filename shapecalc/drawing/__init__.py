"""Networks as pictures: what is drawn, where, and with which shapes; how a shape is written is a renderer's."""
