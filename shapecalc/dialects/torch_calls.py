"""PyTorch's calls: what torch.nn takes, in its order (torch 2.13), and the three of timm that pad as TensorFlow does.

A row is a name or several, our layer, and the arguments; `{n}` stands for 1, 2 and 3 axes. `theirs=ours` is what has
another name here, `theirs=-` one that no figure hangs on, `theirs=ours:reader` one whose value is written otherwise
(readers.py for a text, lowering/stated_calls.py for a file), `+ours=value` what holds where the call does not say.
Tuples are (depth, height, width).
"""

TABLE = """
Conv{n}d              CONV in_channels=in out_channels=K kernel_size=F stride=S padding=P:numbers_or_word dilation groups bias padding_mode=-:border device=- dtype=-
LazyConv{n}d          CONV out_channels=K kernel_size=F stride=S padding=P:numbers_or_word dilation groups bias padding_mode=-:border device=- dtype=-
ConvTranspose{n}d     UPCONV in_channels=in out_channels=K kernel_size=F stride=S padding=P:numbers output_padding groups bias dilation padding_mode=-:border device=- dtype=-
LazyConvTranspose{n}d UPCONV out_channels=K kernel_size=F stride=S padding=P:numbers output_padding groups bias dilation padding_mode=-:border device=- dtype=-
MaxPool{n}d           POOL kernel_size=F stride=S padding=P:numbers dilation return_indices=- ceil_mode=ceil
AvgPool1d             AVGPOOL kernel_size=F stride=S padding=P:numbers ceil_mode=ceil count_include_pad
AvgPool2d|AvgPool3d   AVGPOOL kernel_size=F stride=S padding=P:numbers ceil_mode=ceil count_include_pad divisor_override=-
LPPool{n}d            L2POOL norm_type=-:is(2) kernel_size=F stride=S ceil_mode=ceil
AdaptiveAvgPool{n}d   ADAPTIVEAVGPOOL output_size=size
AdaptiveMaxPool{n}d   ADAPTIVEMAXPOOL output_size=size return_indices=-
Conv2dSame            CONV in_channels=in out_channels=K kernel_size=F stride=S padding=- dilation groups bias +P=same
MaxPool2dSame         POOL kernel_size=F stride=S padding=- dilation ceil_mode=- +P=same
AvgPool2dSame         AVGPOOL kernel_size=F stride=S padding=- ceil_mode=- +P=same
BatchNorm{n}d         BN num_features=in eps momentum=- affine track_running_stats=track device=- dtype=- bias=shift
LazyBatchNorm{n}d     BN eps momentum=- affine track_running_stats=track device=- dtype=- bias=shift
SyncBatchNorm         BN num_features=in eps momentum=- affine track_running_stats=track process_group=- device=- dtype=- bias=shift
LazyInstanceNorm{n}d  IN eps momentum=- affine track_running_stats=- device=- dtype=- bias=-:is(true)
InstanceNorm{n}d      IN num_features=in eps momentum=- affine track_running_stats=- device=- dtype=- bias=-:is(true)
LayerNorm             LN normalized_shape=in:channels eps elementwise_affine=affine bias=-:is(true) device=- dtype=-
GroupNorm             GN num_groups=groups num_channels=in eps affine device=- dtype=- bias=-:is(true)
LocalResponseNorm     LRN size=n alpha beta k +k=1
Linear                FC in_features=in out_features=K bias device=- dtype=-
LazyLinear            FC out_features=K bias device=- dtype=-
Embedding             EMBEDDING num_embeddings=rows embedding_dim=K padding_idx=- max_norm=- norm_type=- scale_grad_by_freq=- sparse=- device=- dtype=-
RNN                   RNN input_size=in hidden_size=K num_layers=-:layers nonlinearity=-:is(tanh) bias=biases:no_biases batch_first=- dropout=-:between bidirectional device=- dtype=-
GRU                   GRU input_size=in hidden_size=K num_layers=-:layers bias=biases:no_biases batch_first=- dropout=-:between bidirectional device=- dtype=-
LSTM                  LSTM input_size=in hidden_size=K num_layers=-:layers bias=biases:no_biases batch_first=- dropout=-:between bidirectional proj_size=projection device=- dtype=-
MultiheadAttention    ATTENTION embed_dim num_heads=heads dropout=p bias=use_bias add_bias_kv=-:is(false) add_zero_attn=-:is(false) kdim=-:is(none) vdim=-:is(none) batch_first=- device=- dtype=-
Dropout|AlphaDropout  DO p inplace
Dropout{n}d|FeatureAlphaDropout DO p inplace +channels=true
Identity              IDENTITY
ReLU                  RELU inplace=-:switch
ReLU6                 RELU6 inplace=-:switch
LeakyReLU             LRELU negative_slope=slope inplace=-:switch
PReLU                 PRELU num_parameters=slopes:slopes init=- device=- dtype=- +shared=true
ELU                   ELU alpha inplace=-:switch
SELU                  SELU inplace=-:switch
GELU                  GELU approximate=-
SiLU                  SILU inplace=-:switch
Mish                  MISH inplace=-:switch
Hardswish             HSWISH inplace=-:switch
Hardsigmoid           HSIGMOID inplace=-:switch
Hardtanh              RELU6 min_val=- max_val=- inplace=-:switch min_value=- max_value=- !as
CELU                  ELU alpha inplace=-:switch !as
RReLU                 LRELU lower=- upper=- inplace=-:switch !as
Threshold             LRELU threshold=- value=- inplace=-:switch !as
Hardshrink|Softshrink SOFTPLUS lambd=- !as
Tanhshrink|Softsign|LogSigmoid SOFTPLUS !as
Sigmoid               SIGMOID
Tanh                  TANH
Softplus              SOFTPLUS beta=- threshold=-
Softmax               SOFTMAX dim=-:is(1,-1,-3)
Softmax2d             SOFTMAX
LogSoftmax|Softmin    SOFTMAX dim=-:is(1,-1,-3) !as
Flatten               FLATTEN start_dim=-:is(1) end_dim=-:is(-1)
Unflatten             RESHAPE dim=-:is(1) unflattened_size=size:channels_first
Upsample              UPSAMPLE size=size scale_factor=factor mode=mode:interpolation align_corners=- recompute_scale_factor=-
UpsamplingNearest2d   UPSAMPLE size=size scale_factor=factor mode=-
UpsamplingBilinear2d  UPSAMPLE size=size scale_factor=factor mode=- +mode=bilinear
PixelShuffle          PIXELSHUFFLE upscale_factor=r
PixelUnshuffle        PIXELUNSHUFFLE downscale_factor=r
ChannelShuffle        SHUFFLE groups
ZeroPad{n}d           PAD padding=P:sides
ConstantPad{n}d       PAD padding=P:sides value=-
ReflectionPad{n}d|ReplicationPad{n}d|CircularPad{n}d PAD padding=P:sides !border
"""  # noqa: E501

FUNCTIONS = {
    "interpolate": "Upsample",
    "upsample": "Upsample",
    "silu": "SiLU",
    "swish": "SiLU",
    "alpha_dropout": "AlphaDropout",
    "feature_dropout": "Dropout2d",
}
"""Functions of torch.nn.functional that are not called as their layer is, once underscores are taken out."""
