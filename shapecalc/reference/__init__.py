"""The reference: pages of layer types and of the language, which `explain` prints and README files hold."""
