"""Calls of smaller frameworks: flax.linen, Gluon and the symbols of MXNet, tf.contrib.slim, tflearn.

Rows are as in torch_calls.py; what no figure hangs on stands in `OWN`. Flax and tflearn pad with `same` where nothing
is written, slim in convolutions, and the pools of Flax and MXNet go on by one.
"""

OWN = "name=- dtype=- param_dtype=- kernel_init=- bias_init=- scale_init=- layout=- weight_initializer=- "
OWN += "bias_initializer=- prefix=- data=- weight=- bias_attr=- weight_attr=- workspace=- cudnn_off=- scope=- reuse=- "
OWN += "weights_init=- regularizer=- weight_decay=- trainable=- restore=-"

TABLES = {
    "Flax": """
Conv                  CONV features=K kernel_size=F strides=S padding=P:word input_dilation=- kernel_dilation=dilation feature_group_count=groups use_bias=bias @own +P=same
ConvTranspose         UPCONV features=K kernel_size=F strides=S padding=P:word kernel_dilation=dilation use_bias=bias @own +P=same
Dense                 FC features=K use_bias=bias @own
BatchNorm             BN use_running_average=- axis=-:axis momentum=- epsilon=eps use_bias=shift use_scale=scale @own
Dropout               DO rate=p broadcast_dims=- deterministic=- @own
avg_pool              AVGPOOL window_shape=F strides=S padding=P:average count_include_pad @own +S=1
max_pool              POOL window_shape=F strides=S padding=P:word @own +S=1
""",  # noqa: E501
    "Gluon": """
Conv{n}D              CONV channels=K kernel_size=F strides=S padding=P:numbers dilation groups layout=- activation=-:activation use_bias=bias in_channels=in @own
Conv{n}DTranspose     UPCONV channels=K kernel_size=F strides=S padding=P:numbers output_padding dilation groups layout=- activation=-:activation use_bias=bias in_channels=in @own
MaxPool{n}D           POOL pool_size=F strides=S padding=P:numbers layout=- ceil_mode=ceil @own
AvgPool{n}D           AVGPOOL pool_size=F strides=S padding=P:numbers ceil_mode=ceil layout=- count_include_pad @own
GlobalAvgPool{n}D     GAP @own
GlobalMaxPool{n}D     GLOBALMAXPOOL @own
Dense                 FC units=K activation=-:activation use_bias=bias flatten=- in_units=in @own
Activation            - activation=-:activation @own
BatchNorm             BN axis=-:is(1) momentum=- epsilon=eps center=shift scale use_global_stats=- in_channels=in @own
""",  # noqa: E501
    "MXNet": """
Convolution           CONV data=- kernel=F num_filter=K stride=S pad=P:numbers dilate=dilation num_group=groups no_bias=bias:opposite @own
Deconvolution         UPCONV data=- kernel=F num_filter=K stride=S pad=P:numbers adj=output_padding num_group=groups no_bias=bias:opposite @own
Pooling               POOL data=- kernel=F pool_type=mode stride=S pad=P:numbers global_pool=-:is(false) pooling_convention=-:is(valid) @own +S=1
FullyConnected        FC data=- num_hidden=K no_bias=bias:opposite flatten=- @own
Activation            - data=- act_type=-:activation @own
""",  # noqa: E501
    "slim": """
conv2d                CONV num_outputs=K kernel_size=F stride=S padding=P:word data_format=- rate=dilation activation_fn=-:activation normalizer_fn=- @own +P=same
max_pool2d            POOL kernel_size=F stride=S padding=P:word @own +S=2
avg_pool2d            AVGPOOL kernel_size=F stride=S padding=P:average @own +S=2
fully_connected       FC num_outputs=K activation_fn=-:activation normalizer_fn=- @own
""",  # noqa: E501
    "tflearn": """
conv_{n}d             CONV nb_filter=K filter_size=F strides=S padding=P:word activation=-:activation bias @own +P=same
max_pool_{n}d         POOL kernel_size=F strides=S padding=P:word @own +P=same
avg_pool_{n}d         AVGPOOL kernel_size=F strides=S padding=P:average @own +P=same
fully_connected       FC n_units=K activation=-:activation bias @own
""",
}

ONLY = {
    "Flax": frozenset({"features", "window_shape", "kernel_dilation", "feature_group_count"}),
    "Gluon": frozenset({"channels", "in_units"}),
    "MXNet": frozenset({"num_filter", "num_hidden", "act_type", "pool_type", "num_group", "no_bias"}),
    "slim": frozenset({"num_outputs", "activation_fn", "normalizer_fn"}),
}
"""Arguments that say whose a call is."""
