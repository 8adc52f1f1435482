"""Keras' calls: what keras.layers takes, in its order (Keras 3.15; `alpha` and `input_shape` are Keras 2's).

Rows are as in torch_calls.py; `@common` and the like stand for arguments that many layers take. Tuples are
(depth, height, width).
"""

MACROS = {
    "@common": "name=- dtype=- trainable=- input_shape=-:input batch_input_shape=-:batch_input input_dim=-:input_dim "
    "input_length=- batch_size=- weights=- activity_regularizer=- autocast=-",
    "@kernel": "kernel_initializer=- bias_initializer=- kernel_regularizer=- bias_regularizer=- activity_regularizer=- "
    "kernel_constraint=- bias_constraint=-",
    "@depthwise": "depthwise_initializer=- bias_initializer=- depthwise_regularizer=- bias_regularizer=- "
    "activity_regularizer=- depthwise_constraint=- bias_constraint=-",
    "@separable": "depthwise_initializer=- pointwise_initializer=- bias_initializer=- depthwise_regularizer=- "
    "pointwise_regularizer=- bias_regularizer=- activity_regularizer=- depthwise_constraint=- pointwise_constraint=- "
    "bias_constraint=-",
    "@recurrent": "kernel_initializer=- recurrent_initializer=- bias_initializer=- kernel_regularizer=- "
    "recurrent_regularizer=- bias_regularizer=- activity_regularizer=- kernel_constraint=- recurrent_constraint=- "
    "bias_constraint=- dropout=- recurrent_dropout=- seed=-",
    "@states": "return_state=-:is(false) go_backwards=-:is(false) stateful=- unroll=- use_cudnn=- implementation=-",
    "@filling": "fill_mode=- interpolation=- seed=- fill_value=- data_format=-",
    "@gamma": "beta_initializer=- gamma_initializer=- beta_regularizer=- gamma_regularizer=- beta_constraint=- "
    "gamma_constraint=-",
    "@moving": "beta_initializer=- gamma_initializer=- moving_mean_initializer=- moving_variance_initializer=- "
    "beta_regularizer=- gamma_regularizer=- beta_constraint=- gamma_constraint=- renorm=- renorm_clipping=- "
    "renorm_momentum=- synchronized=- fused=-",
}

TABLE = """
Conv{n}D|Convolution{n}D CONV filters=K kernel_size=F strides=S padding=P:word data_format=- dilation_rate=dilation groups activation=-:activation use_bias=bias @kernel @common
Conv{n}DTranspose|Convolution{n}DTranspose UPCONV filters=K kernel_size=F strides=S padding=P:word output_padding data_format=- dilation_rate=dilation activation=-:activation use_bias=bias @kernel @common +P=valid
DepthwiseConv1D|DepthwiseConv2D DWCONV kernel_size=F strides=S padding=P:word depth_multiplier=multiplier data_format=- dilation_rate=dilation activation=-:activation use_bias=bias @depthwise @common
LocallyConnected1D|LocallyConnected2D LOCAL filters=K kernel_size=F strides=S padding=P:word data_format=- activation=-:activation use_bias=bias @kernel implementation=- @common
SeparableConv1D|SeparableConv2D SEPCONV filters=K kernel_size=F strides=S padding=P:word data_format=- dilation_rate=dilation depth_multiplier=multiplier activation=-:activation use_bias=bias @separable @common
MaxPooling{n}D|MaxPool{n}D POOL pool_size=F strides=S padding=P:word data_format=- @common
AveragePooling{n}D|AvgPool{n}D AVGPOOL pool_size=F strides=S padding=P:average data_format=- @common
GlobalAveragePooling{n}D|GlobalAvgPool{n}D GAP data_format=- keepdims=- @common
GlobalMaxPooling{n}D|GlobalMaxPool{n}D GLOBALMAXPOOL data_format=- keepdims=- @common
AdaptiveAveragePooling{n}D ADAPTIVEAVGPOOL output_size=size data_format=- @common
AdaptiveMaxPooling{n}D ADAPTIVEMAXPOOL output_size=size data_format=- @common
Dense                 FC units=K activation=-:activation use_bias=bias @kernel lora_rank=- lora_alpha=- quantization_config=- @common
Activation            - activation=-:activation @common
ReLU                  RELU max_value=-:ceiling negative_slope=-:leak threshold=-:is(0) @common
LeakyReLU             LRELU negative_slope=slope alpha=slope @common +slope=0.3
PReLU                 PRELU alpha_initializer=- alpha_regularizer=- alpha_constraint=- shared_axes=-:shared_axes @common +each=true
ELU                   ELU alpha @common
Softmax               SOFTMAX axis=-:axis @common
Flatten               FLATTEN data_format=- @common
Reshape               RESHAPE target_shape=size:shape @common
Permute               PERMUTE dims=order:order @common
Embedding             EMBEDDING input_dim=rows output_dim=K embeddings_initializer=- embeddings_regularizer=- embeddings_constraint=- mask_zero=- weights=- lora_rank=- lora_alpha=- name=- dtype=- trainable=- input_length=- input_shape=-:input
SimpleRNN             RNN units=K activation=-:is(tanh) use_bias=biases:no_biases @recurrent return_sequences=last:opposite @states @common +biases=1 +last=true
GRU                   GRU units=K activation=-:is(tanh) recurrent_activation=-:is(sigmoid,hard_sigmoid) use_bias=biases:no_biases @recurrent return_sequences=last:opposite reset_after=biases:reset_after @states @common +biases=2 +last=true
LSTM                  LSTM units=K activation=-:is(tanh) recurrent_activation=-:is(sigmoid,hard_sigmoid) use_bias=biases:no_biases @recurrent unit_forget_bias=- return_sequences=last:opposite @states @common +biases=1 +last=true
MultiHeadAttention    ATTENTION num_heads=heads key_dim value_dim dropout=p use_bias output_shape attention_axes=-:is(none) flash_attention=- @kernel seed=- @common
Dropout|AlphaDropout  DO rate=p noise_shape=- seed=- @common
SpatialDropout{n}D    DO rate=p data_format=- seed=- @common +channels=true
GaussianDropout       DO rate=p seed=- @common
GaussianNoise         IDENTITY stddev=- seed=- @common
ActivityRegularization IDENTITY l1=- l2=- @common
Identity              IDENTITY @common
RandomFlip            IDENTITY mode=- seed=- data_format=- @common
RandomRotation        IDENTITY factor=- @filling @common
RandomZoom|RandomTranslation IDENTITY height_factor=- width_factor=- @filling @common
RandomContrast|RandomBrightness IDENTITY factor=- value_range=- seed=- @common
RandomColorDegeneration|RandomHue|RandomPosterization|RandomSaturation|RandomSharpness IDENTITY factor=- value_range=- data_format=- seed=- @common
RandomColorJitter     IDENTITY value_range=- brightness_factor=- contrast_factor=- saturation_factor=- hue_factor=- seed=- data_format=- @common
RandomElasticTransform IDENTITY factor=- scale=- interpolation=- fill_mode=- fill_value=- value_range=- seed=- data_format=- @common
RandomErasing         IDENTITY factor=- scale=- fill_value=- value_range=- seed=- data_format=- @common
RandomGaussianBlur    IDENTITY factor=- kernel_size=- sigma=- value_range=- data_format=- seed=- @common
RandomGrayscale       IDENTITY factor=- data_format=- seed=- @common
RandomInvert          IDENTITY factor=- value_range=- seed=- data_format=- @common
RandomPerspective     IDENTITY factor=- scale=- interpolation=- fill_value=- seed=- data_format=- @common
RandomShear           IDENTITY x_factor=- y_factor=- interpolation=- fill_mode=- fill_value=- data_format=- seed=- @common
AugMix                IDENTITY value_range=- num_chains=- chain_depth=- factor=- alpha=- all_ops=- interpolation=- seed=- data_format=- @common
CutMix                IDENTITY factor=- seed=- data_format=- @common
MixUp                 IDENTITY alpha=- data_format=- seed=- @common
Solarization          IDENTITY addition_factor=- threshold_factor=- value_range=- seed=- @common
AutoContrast          IDENTITY value_range=- @common
Equalization          IDENTITY value_range=- bins=- data_format=- @common
RandAugment           IDENTITY value_range=- num_ops=- factor=- interpolation=- seed=- data_format=- @common
Rescaling             IDENTITY scale=- offset=- @common !as
UnitNormalization     IDENTITY axis=- @common !as
Masking               IDENTITY mask_value=- @common
Resizing              RESIZE height=size:height width=size:width interpolation=mode:interpolation crop_to_aspect_ratio=- pad_to_aspect_ratio=- fill_mode=- fill_value=- antialias=- data_format=- @common +mode=bilinear
CenterCrop            RESIZE height=size:height width=size:width data_format=- @common !as
RandomCrop            RESIZE height=size:height width=size:width seed=- data_format=- @common !as
ThresholdedReLU       LRELU theta=- @common !as
BatchNormalization    BN axis=-:axis momentum=- epsilon=eps center=shift scale @moving @common +eps=0.001
LayerNormalization    LN axis=-:axis epsilon=eps center=-:is(true) scale=-:is(true) @gamma @common +eps=0.001
GroupNormalization    GN groups=groups:groups axis=-:axis epsilon=eps center=-:is(true) scale=-:is(true) @gamma @common +eps=0.001
UpSampling1D          UPSAMPLE size=factor @common
UpSampling2D          UPSAMPLE size=factor data_format=- interpolation=mode:interpolation @common
UpSampling3D          UPSAMPLE size=factor data_format=- @common
SpaceToDepth          PIXELUNSHUFFLE block_size=r data_format=- name=-
DepthToSpace          PIXELSHUFFLE block_size=r data_format=- name=-
ZeroPadding{n}D       PAD padding=P:pairs data_format=- @common
Cropping{n}D          CROP cropping=P:pairs data_format=- @common
Input                 INPUT shape=size:input batch_size=- dtype=- sparse=- ragged=- batch_shape=size:batch_input name=- tensor=- optional=-
InputLayer            INPUT shape=size:input batch_size=- dtype=- sparse=- ragged=- batch_shape=size:batch_input input_tensor=- optional=- name=- input_shape=size:input batch_input_shape=size:batch_input
"""  # noqa: E501
