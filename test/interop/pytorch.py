#!/usr/bin/env python3
"""PyTorch's side of the comparison: loads each model of test/fixtures/pytorch in the pytorch dialect, runs it, trains
it by five updates of Adam, and exports it to ONNX. Without arguments it compares with what is recorded; with --record
it records. Archives of NumPy go the same two ways. Needs torch and numpy (Debian: python3-torch)."""

import json
import pathlib
import struct
import sys

import numpy
import torch
from torch import nn

FOLDER = pathlib.Path(__file__).parent.parent / "fixtures" / "pytorch"
BATCH, STEPS, FEATURES = 4, 5, 3
UPDATES, MADE_HERE, LEARNING_RATE, BETAS, EPSILON = 5, 3, 0.01, (0.9, 0.999), 1e-8
TOLERANCE = 1e-6


def load_safetensors(path):
    """What safetensors.torch.load_file gives, and the metadata."""
    data = path.read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + size])
    metadata = header.pop("__metadata__")
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        values = bytearray(data[8 + size + begin : 8 + size + end])
        tensors[name] = torch.frombuffer(values, dtype=torch.float32).reshape(entry["shape"]).clone()
    return tensors, metadata


class Model(nn.Module):
    """Linear projection, recurrent layers, linear head: the modules have the names of the dialect."""

    def __init__(self, description):
        super().__init__()
        layers, head = description["layers"], description["head"]
        width = description["projectionUnits"] or description["features"]
        if description["projectionUnits"]:
            self.projection = nn.Linear(description["features"], width)
        else:
            self.projection = nn.Identity()
        kinds = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}
        keys = ("type", "units", "bidirectional", "recurrentProjectionUnits")
        alike = all([layer.get(key) for key in keys] == [layers[0].get(key) for key in keys] for layer in layers)
        modules = []
        for layer in layers[:1] if alike else layers:
            options = {"batch_first": True, "bidirectional": layer["bidirectional"]}
            if layer.get("recurrentProjectionUnits"):
                options["proj_size"] = layer["recurrentProjectionUnits"]
            count = len(layers) if alike else 1
            modules.append(kinds[layer["type"]](width, layer["units"], num_layers=count, **options))
            width = (layer.get("recurrentProjectionUnits") or layer["units"]) * (2 if layer["bidirectional"] else 1)
        self.rnn = modules[0] if alike else nn.ModuleList(modules)
        self.head = nn.Linear(width, head["units"])
        self.every_step = head["everyStep"]

    def forward(self, x):
        steps = self.projection(x)
        for module in self.rnn if isinstance(self.rnn, nn.ModuleList) else [self.rnn]:
            steps, state = module(steps)
        if self.every_step:
            return self.head(steps)
        # The state after the last step, of both directions side by side; not the reverse output of the last step.
        last = state[0] if isinstance(state, tuple) else state
        ends = [last[-2], last[-1]] if module.bidirectional else [last[-1]]
        return self.head(torch.cat(ends, 1) if len(ends) == 2 else ends[0])


def batch(model):
    count = BATCH * STEPS * FEATURES
    x = torch.tensor([((k * 7919) % 1000) / 500 - 1 for k in range(count)])
    classes = model.head.out_features
    labels = [(k * 5 + 1) % classes for k in range(BATCH * (STEPS if model.every_step else 1))]
    return x.reshape(BATCH, STEPS, FEATURES), torch.tensor(labels)


def train(model, x, labels, updates=UPDATES, moments_before=None):
    """The second biases of LSTM and RNN, which are constants here, are frozen."""
    trained = []
    for name, parameter in model.named_parameters():
        module = model.get_submodule(name.rsplit(".", 1)[0])
        frozen = "bias_hh" in name and not isinstance(module, nn.GRU)
        parameter.requires_grad = not frozen
        if not frozen:
            trained.append(parameter)
    adam = torch.optim.Adam(trained, lr=LEARNING_RATE, betas=BETAS, eps=EPSILON)
    if moments_before is not None:
        for name, parameter in model.named_parameters():
            if parameter.requires_grad:
                first, second = (moments_before[f"{which}_moment.{name}"] for which in ("first", "second"))
                step = torch.tensor(float(UPDATES - updates))
                adam.state[parameter] = {"step": step, "exp_avg": first, "exp_avg_sq": second}
    losses = []
    for _ in range(updates):
        adam.zero_grad()
        logits = model(x).reshape(len(labels), -1)
        loss = nn.functional.cross_entropy(logits, labels)
        loss.backward()
        adam.step()
        losses.append(loss.item())
    moments = {"exp_avg": {}, "exp_avg_sq": {}}
    for name, parameter in model.named_parameters():
        for kind in moments:
            if parameter.requires_grad:
                moments[kind][name] = adam.state[parameter][kind].flatten().tolist()
    return losses, moments


def run(path, record):
    tensors, metadata = load_safetensors(path)
    model = Model(json.loads(metadata["wasm-lstm.model"]))
    model.load_state_dict(tensors)
    archive = numpy.load(path.with_suffix(".npz"))
    for name, values in tensors.items():
        if not numpy.array_equal(archive[name], values.numpy()) or archive[name].dtype != numpy.float32:
            sys.exit(f"{path.name}: {name} of the .npz archive is not that of the safetensors file")
    if record:
        state = {name: values.numpy() for name, values in model.state_dict().items()}
        numpy.savez(path.with_suffix(".state.npz"), **state)
    x, labels = batch(model)
    with torch.no_grad():
        probabilities = torch.softmax(model(x), -1)
    # The exporter has no recurrent projections.
    if record and not any("weight_hr" in name for name in tensors):
        softmax = nn.Sequential(model, nn.Softmax(-1))
        axes = {"x": {0: "batch"}}
        file = str(path.with_suffix(".onnx"))
        torch.onnx.export(softmax, x, file, opset_version=14, input_names=["x"], dynamic_axes=axes)
    losses, moments = train(model, x, labels)
    weights = {name: values.flatten().tolist() for name, values in model.state_dict().items()}
    result = {"torch": torch.__version__, "probabilities": probabilities.flatten().tolist(),
              "losses": losses, "weights": weights, **moments}
    recorded = path.with_suffix(".json")
    if record:
        recorded.write_text(json.dumps(result) + "\n")
        return
    expected = json.loads(recorded.read_text())
    for key in ("probabilities", "losses"):
        compare(f"{path.name}: {key}", result[key], expected[key])
    for name, values in expected["weights"].items():
        compare(f"{path.name}: {name}", weights[name], values)


def go_on(path):
    """A training of the library's, taken over with its moments, ends as one that was PyTorch's from the start."""
    tensors, metadata = load_safetensors(path)
    model = Model(json.loads(metadata["wasm-lstm.model"]))
    model.load_state_dict(tensors)
    moments, _ = load_safetensors(path.with_suffix(".moments.safetensors"))
    losses, _ = train(model, *batch(model), UPDATES - MADE_HERE, moments)
    expected = json.loads((FOLDER / path.name).with_suffix(".json").read_text())
    compare(f"{path.name}: losses when PyTorch goes on", losses, expected["losses"][MADE_HERE:], 1e-5)
    for name, values in model.state_dict().items():
        what = f"{path.name}: {name} when PyTorch has gone on"
        compare(what, values.flatten().tolist(), expected["weights"][name], 1e-5)


def compare(what, got, expected, tolerance=TOLERANCE):
    farthest = max(abs(a - b) for a, b in zip(got, expected))
    if len(got) != len(expected) or not farthest <= tolerance:
        sys.exit(f"{what}: expected what is recorded, got a difference of {farthest}")


torch.manual_seed(1)
paths = sorted(FOLDER.glob("*.safetensors"))
if not paths:
    sys.exit(f"no models in {FOLDER}")
for path in paths:
    run(path, "--record" in sys.argv[1:])
taken_over = [path for path in sorted(FOLDER.glob("goes-on/*.safetensors")) if ".moments" not in path.name]
for path in taken_over:
    go_on(path)
print(f"{len(taken_over)} trainings went on as if they had been PyTorch's from the start")
print(f"{len(paths)} models: {'recorded' if '--record' in sys.argv[1:] else 'as recorded'}, torch {torch.__version__}")
