"""Keras 1's calls where they differ from Keras 2 and 3: rows and columns of a kernel are two arguments, and others.

Rows are as in torch_calls.py. `nb_row` is the height of a kernel, `nb_col` its width.
"""

MACROS = {
    "@common": "name=- trainable=- input_shape=-:input batch_input_shape=-:batch_input input_dim=-:input_dim "
    "input_length=- input_dtype=-",
    "@weights": "W_regularizer=- b_regularizer=- activity_regularizer=- W_constraint=- b_constraint=-",
}

TABLE = """
Convolution1D|Conv1D  CONV nb_filter=K filter_length=F init=- activation=-:activation weights=- border_mode=P:word subsample_length=S @weights bias @common
Convolution2D|Conv2D  CONV nb_filter=K nb_row=F:rows nb_col=F:columns init=- activation=-:activation weights=- border_mode=P:word subsample=S dim_ordering=- @weights bias @common
AtrousConvolution2D   CONV nb_filter=K nb_row=F:rows nb_col=F:columns init=- activation=-:activation weights=- border_mode=P:word subsample=S atrous_rate=dilation dim_ordering=- @weights bias @common
SeparableConvolution2D SEPCONV nb_filter=K nb_row=F:rows nb_col=F:columns init=- activation=-:activation weights=- border_mode=P:word subsample=S depth_multiplier=multiplier dim_ordering=- bias @common
Deconvolution2D       UPCONV nb_filter=K nb_row=F:rows nb_col=F:columns output_shape=- init=- activation=-:activation weights=- border_mode=P:word subsample=S dim_ordering=- @weights bias @common +P=valid
MaxPooling1D          POOL pool_length=F stride=S border_mode=P:word @common
AveragePooling1D      AVGPOOL pool_length=F stride=S border_mode=P:average @common
MaxPooling2D          POOL pool_size=F strides=S border_mode=P:word dim_ordering=- @common
AveragePooling2D      AVGPOOL pool_size=F strides=S border_mode=P:average dim_ordering=- @common
GlobalAveragePooling2D GAP dim_ordering=- @common
GlobalMaxPooling2D    GLOBALMAXPOOL dim_ordering=- @common
Dense                 FC output_dim=K init=- activation=-:activation weights=- @weights bias @common
Dropout|GaussianDropout DO p @common
SpatialDropout2D      DO p dim_ordering=- @common +channels=true
GaussianNoise         IDENTITY sigma=- @common
BatchNormalization    BN epsilon=eps mode=-:is(0) axis=-:axis momentum=- weights=- beta_init=- gamma_init=- gamma_regularizer=- beta_regularizer=- @common +eps=0.001
UpSampling1D          UPSAMPLE length=factor @common
UpSampling2D          UPSAMPLE size=factor dim_ordering=- @common
ZeroPadding2D         PAD padding=P:pairs dim_ordering=- @common
Cropping2D            CROP cropping=P:pairs dim_ordering=- @common
"""  # noqa: E501

ONLY = frozenset({
    "nb_filter", "nb_row", "nb_col", "filter_length", "init", "border_mode", "subsample", "subsample_length",
    "W_regularizer", "b_regularizer", "W_constraint", "b_constraint", "dim_ordering", "output_dim", "pool_length",
    "atrous_rate",
})  # fmt: skip
"""Arguments that say a call is Keras 1's."""
