"""Keras's side of one case: the reference recipe as Keras runs it best, on the batches and parameters that Karyon wrote.

Called with one JSON text: {inputs, case, steps, xla, output}.
"""

import json
import os
import resource
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np
import tensorflow as tf

SKIPS = ["block_1_expand_relu", "block_3_expand_relu", "block_6_expand_relu", "block_13_expand_relu"]
# normalised, as Karyon takes it: TensorFlow's tutorial takes the convolution before its norm
BOTTOM = "block_16_project_BN"


def read_tensors(path):
    """Named float32 arrays of a file in the safetensors layout: 8 bytes length, a JSON header, then the values."""
    with open(path, "rb") as file:
        content = file.read()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    values = content[8 + length :]
    return {
        name: np.frombuffer(values[slice(*entry["data_offsets"])], "<f4").reshape(entry["shape"])
        for name, entry in header.items()
        if name != "__metadata__"
    }


class InInference(keras.layers.Layer):
    """A model whose norms keep their moving averages. A functional model would hand on its own `training` to a part that
    was called with `training=False`."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def call(self, x):
        return self.inner(x, training=False)


def build(description, trains_encoder):
    """MobileNetV2 with batch norm in inference mode, and the U-Net decoder of TensorFlow's segmentation tutorial."""
    size = description["image_size"]
    base = keras.applications.MobileNetV2(input_shape=(size, size, 3), alpha=1.0, include_top=False, weights=None)
    encoder = keras.Model(base.input, [base.get_layer(name).output for name in [*SKIPS, BOTTOM]])
    encoder.trainable = trains_encoder
    inputs = keras.Input((size, size, 3))
    *skips, x = InInference(encoder)(inputs)
    for stage, filters in enumerate(description["filters"]):
        x = keras.layers.Conv2DTranspose(filters, 3, 2, "same", use_bias=False, name=f"decoder_{stage}")(x)
        x = keras.layers.BatchNormalization(epsilon=1e-3, name=f"decoder_{stage}_BN")(x)
        x = keras.layers.ReLU()(x)
        x = keras.layers.Concatenate()([x, skips[3 - stage]])
    logits = keras.layers.Conv2DTranspose(description["classes"], 3, 2, "same", name="logits")(x)
    return keras.Model(inputs, logits), encoder


def load(model, encoder, tensors):
    """Sets every parameter by its layer's and its own name."""
    for layer in [*encoder.layers, *model.layers]:
        if isinstance(layer, InInference):
            continue
        for variable in layer.variables:
            name = variable.name
            if isinstance(layer, keras.layers.DepthwiseConv2D):
                name = "depthwise_kernel"
            variable.assign(tensors.pop(f"{layer.name}/{name}"))
    if tensors:
        raise ValueError(f"Keras's network has no place for {sorted(tensors)[:5]}")


def timed(step, count):
    """Seconds of each step, and processor seconds of all together over all threads."""
    seconds = []
    processor = time.process_time()
    for at in range(count):
        started = time.perf_counter()
        step(at)
        seconds.append(time.perf_counter() - started)
    return seconds, time.process_time() - processor


def measure_training(model, encoder, images, classes, case, warm_up, steps, xla):
    if case["trainsEncoder"]:
        # A norm that stands still scales a kernel that is trained: Karyon trains the kernel alone. The same here.
        for layer in encoder.layers:
            if isinstance(layer, keras.layers.BatchNormalization):
                layer.gamma.trainable = False
    model.compile(
        optimizer=keras.optimizers.Adam(case["rate"]),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=xla,
    )
    # what fit runs for every batch, without its callbacks; batches are ready before they are asked for
    batches = iter(tf.data.Dataset.from_tensor_slices((images, classes)).repeat().prefetch(tf.data.AUTOTUNE))
    model.make_train_function()
    losses = []
    for _ in range(warm_up):
        model.reset_metrics()
        losses.append(float(model.train_function(batches)["loss"]))
    if case["epochs"]:
        return timed_epochs(model, images, classes, case["epochs"]), losses
    return timed(lambda _: model.train_function(batches), steps), losses


def timed_epochs(model, images, classes, epochs):
    """Mean seconds, and processor seconds, of a step of whole epochs: images in memory, mirrored at random beside training."""
    steps, size = images.shape[0], images.shape[1]
    images = images.reshape([-1, *images.shape[2:]])
    classes = classes.reshape([-1, *classes.shape[2:]])

    def mirror(image, truth):
        both = tf.concat([image, tf.cast(truth[..., None], tf.float32)], -1)
        both = tf.image.random_flip_up_down(tf.image.random_flip_left_right(both))
        return both[..., :3], tf.cast(both[..., 3], tf.int32)

    data = tf.data.Dataset.from_tensor_slices((images, classes)).cache().shuffle(len(images))
    data = data.batch(size, drop_remainder=True).map(mirror, num_parallel_calls=tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)
    processor, started = time.process_time(), time.perf_counter()
    model.fit(data, epochs=epochs, verbose=0)
    total = epochs * steps
    return [(time.perf_counter() - started) / total], (time.process_time() - processor) / total


def measure_prediction(model, images, warm_up, steps, xla, output):
    @tf.function(jit_compile=xla)
    def probabilities(x):
        return tf.nn.softmax(model(x, training=False))

    batches = [tf.constant(batch) for batch in images]
    probabilities(batches[0]).numpy().astype("<f4").tofile(output)
    predict = lambda at: probabilities(batches[at % len(batches)]).numpy()
    timed(predict, warm_up)
    return timed(predict, steps), []


def main(inputs, case, steps, xla, output):
    with open(os.path.join(inputs, "description.json"), encoding="utf8") as file:
        description = json.load(file)
    shape = [description["batches"], description["batch_size"], description["image_size"], description["image_size"]]
    images = np.fromfile(os.path.join(inputs, "inputs.f32"), "<f4").reshape([*shape, 3])
    classes = np.fromfile(os.path.join(inputs, "classes.i32"), "<i4").reshape(shape)
    settings = description["cases"][case]
    model, encoder = build(description, settings["trainsEncoder"])
    load(model, encoder, read_tensors(os.path.join(inputs, "weights.safetensors")))
    warm_up = description["warm_up"]
    if case == "predict":
        (seconds, processor), losses = measure_prediction(model, images, warm_up, steps, xla, f"{output}.probabilities")
    else:
        (seconds, processor), losses = measure_training(model, encoder, images, classes, settings, warm_up, steps, xla)
    about = {
        "python": sys.version.split()[0],
        "keras": keras.__version__,
        "tensorflow": tf.__version__,
        "numpy": np.__version__,
        # 0: TensorFlow takes as many as there are processors
        "threads within an operation": tf.config.threading.get_intra_op_parallelism_threads(),
        "operations at once": tf.config.threading.get_inter_op_parallelism_threads(),
    }
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    with open(output, "w", encoding="utf8") as file:
        json.dump({"seconds": seconds, "processor_seconds": processor, "losses": losses, "peak_rss": peak, "about": about}, file)


main(**json.loads(sys.argv[1]))
