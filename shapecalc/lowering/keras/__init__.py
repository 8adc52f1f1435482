"""Layers and functions of Keras, of which a saved model and a program have the settings, as layers of ours."""
