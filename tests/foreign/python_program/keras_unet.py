"""Keras with helpers: blocks by functions, a loop over widths, a model as a layer of another."""

from tensorflow.keras import Model, layers
from tensorflow.keras import backend as K
from tensorflow.keras.layers import Conv2D, Input, MaxPooling2D as Pool, UpSampling2D, concatenate


def block(x, width, name, act="relu"):
    for number in (1, 2):
        x = Conv2D(width, (3, 3), padding="same", use_bias=False, name=f"{name}_{number}")(x)
        x = layers.BatchNormalization()(x)
        x = layers.Activation(act)(x)
    return x


def encoder(shape, widths):
    inputs = Input(shape)
    x, skips = inputs, []
    for place, width in enumerate(widths):
        x = block(x, width, "down%d" % place)
        skips.append(x)
        x = Pool(pool_size=(2, 2))(x)
    return inputs, skips, x


def build(shape=(32, 48, 3), classes=4, depth=2):
    widths = [8 * 2**n for n in range(depth)]
    inputs, skips, x = encoder(shape, widths)
    x = block(x, widths[-1] * 2, "middle")
    for width, skip in zip(reversed(widths), reversed(skips)):
        x = concatenate([UpSampling2D((2, 2))(x), skip], axis=3)
        x = block(x, width, f"up{width}")
    if classes == 1:
        outputs = Conv2D(1, 1, activation="sigmoid")(x)
    else:
        outputs = Conv2D(classes, 1, activation="softmax")(x)
    model = Model(inputs=[inputs], outputs=[outputs])
    model.compile(optimizer="adam", loss="categorical_crossentropy")
    return model
