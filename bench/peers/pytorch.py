"""PyTorch as a contender. Speaks the protocol of src/bench/protocol.ts: JSON lines, replies on descriptor 3.

Three forms of the same model were tried, all trained by torch.optim.Adam through autograd:
  loop       one GEMM for the input product of all steps, then addmm and pointwise operations step by step
  scripted   the same loop compiled by torch.jit.script
  nn.LSTM    PyTorch's own layer
The fastest on this machine at these sizes is found at the start, by timing each, and is the one that is measured;
for inference alike, under torch.inference_mode.
"""

import json
import os
import resource
import sys
import time

import numpy as np
import torch
from torch import Tensor

# torch.jit profiles and compiles in the first ones.
TRIALS = 10


def read_tensors(path):
    """safetensors: u64 length of a JSON header, the header, the data."""
    raw = open(path, "rb").read()
    length = int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8 : 8 + length])
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        values = np.frombuffer(raw[begin:end], dtype="<f4").reshape(entry["shape"])
        tensors[name] = torch.from_numpy(values.copy())
    return tensors


def read_batches(data, sizes):
    """The first batchSize rows of each batch, time-major, ready as tensors."""
    rows, steps, features = data["rows"], sizes["timeSteps"], sizes["features"]
    count = data["batches"] * rows
    raw = open(data["path"], "rb").read()
    x = np.frombuffer(raw, dtype="<f4", count=count * steps * features)
    labels = np.frombuffer(raw, dtype="<i4", count=count, offset=x.nbytes)
    used = sizes["batchSize"]
    x = x.reshape(data["batches"], rows, steps, features)[:, :used].transpose(0, 2, 1, 3)
    labels = labels.reshape(data["batches"], rows)[:, :used]
    return [
        (torch.from_numpy(np.ascontiguousarray(a)), torch.from_numpy(b.astype(np.int64)))
        for a, b in zip(x, labels)
    ]


def cell_loop(p: Tensor, kernel: Tensor, recurrent: Tensor, bias: Tensor) -> Tensor:
    """p [T, B, X] -> the last h [B, H]; gates i, f, g, o."""
    steps, rows, inputs = p.shape
    units = recurrent.shape[0]
    gates_x = torch.addmm(bias, p.reshape(steps * rows, inputs), kernel).view(steps, rows, 4 * units)
    h = torch.zeros(rows, units)
    c = torch.zeros(rows, units)
    for t in range(steps):
        gates = gates_x[t] if t == 0 else torch.addmm(gates_x[t], h, recurrent)
        i, f, g, o = gates.chunk(4, 1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
    return h


class Model(torch.nn.Module):
    def __init__(self, weights, units, forget_bias, form):
        super().__init__()
        parameter = torch.nn.Parameter
        take = lambda name: weights[name].clone()
        self.form = form
        self.project = "projection.kernel" in weights
        if self.project:
            self.projection = parameter(take("projection.kernel"))
            self.projection_bias = parameter(take("projection.bias"))
        # The forget bias is a constant of the model; added to the bias it is trained alike.
        bias = take("layers.0.bias")
        bias[units : 2 * units] += forget_bias
        kernel, recurrent = take("layers.0.kernel"), take("layers.0.recurrent_kernel")
        if form == "nn.LSTM":
            self.lstm = torch.nn.LSTM(kernel.shape[0], units)
            with torch.no_grad():
                self.lstm.weight_ih_l0.copy_(kernel.t())
                self.lstm.weight_hh_l0.copy_(recurrent.t())
                self.lstm.bias_ih_l0.copy_(bias)
                self.lstm.bias_hh_l0.zero_()
            self.lstm.bias_hh_l0.requires_grad_(False)
        else:
            self.kernel, self.recurrent, self.bias = parameter(kernel), parameter(recurrent), parameter(bias)
            self.cell = torch.jit.script(cell_loop) if form == "scripted" else cell_loop
        self.head = parameter(take("head.kernel"))
        self.head_bias = parameter(take("head.bias"))

    def forward(self, x):
        steps, rows, features = x.shape
        p = x
        if self.project:
            p = torch.addmm(self.projection_bias, x.reshape(-1, features), self.projection).view(steps, rows, -1)
        if self.form == "nn.LSTM":
            h = self.lstm(p)[0][-1]
        else:
            h = self.cell(p, self.kernel, self.recurrent, self.bias)
        return torch.addmm(self.head_bias, h, self.head)


class Side:
    def __init__(self, order):
        torch.set_num_threads(order["threads"])
        torch.set_num_interop_threads(1)
        self.order = order
        self.weights = read_tensors(order["weights"])
        self.batches = read_batches(order["data"], order["sizes"])
        self.training = self.predicting = None
        self.about = {"name": f"PyTorch {torch.__version__}"}

    def fresh(self, form):
        order = self.order
        model = Model(self.weights, order["sizes"]["units"], order["forgetBias"], form)
        trained = [p for p in model.parameters() if p.requires_grad]
        return model, torch.optim.Adam(trained, lr=order["learningRate"], eps=1e-8)

    def fastest(self, run):
        """The form whose trials' least time is least, started anew."""
        trainees = {form: self.fresh(form) for form in ("loop", "scripted", "nn.LSTM")}
        times = {form: float("inf") for form in trainees}
        for _ in range(TRIALS):
            for form, trainee in trainees.items():
                start = time.perf_counter()
                run(trainee)
                times[form] = min(times[form], time.perf_counter() - start)
        form = min(times, key=times.get)
        said = ", ".join(f"{name} {1e3 * value:.3g} ms" for name, value in times.items())
        return self.fresh(form), f"{form} (tried: {said})"

    def update(self, trainee, i):
        model, optimizer = trainee
        x, labels = self.batches[i % len(self.batches)]
        optimizer.zero_grad(set_to_none=True)
        loss = torch.nn.functional.cross_entropy(model(x), labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    def probabilities(self, trainee, rows):
        with torch.inference_mode():
            return torch.softmax(trainee[0](self.batches[0][0][:, :rows]), 1)

    def train(self, first, warm, count):
        if self.training is None:
            self.training, form = self.fastest(lambda trainee: self.update(trainee, 0))
            self.about["name"] += f", training {form}"
        losses = []
        start = time.perf_counter()
        for i in range(warm + count):
            if i == warm:
                start = time.perf_counter()
            losses.append(self.update(self.training, first + i))
        return {"ms": 1e3 * (time.perf_counter() - start), "losses": losses}

    def predict(self, rows, warm, count):
        if self.predicting is None:
            self.predicting, form = self.fastest(lambda trainee: self.probabilities(trainee, rows))
            self.about["name"] += f", inference {form}"
        result = None
        start = time.perf_counter()
        for i in range(warm + count):
            if i == warm:
                start = time.perf_counter()
            result = self.probabilities(self.predicting, rows)
        return {"ms": 1e3 * (time.perf_counter() - start), "probabilities": result.flatten().tolist()}


def main():
    replies = os.fdopen(3, "w")
    side = None
    for line in sys.stdin:
        command = json.loads(line)
        do = command.pop("do")
        try:
            if do == "start":
                side = Side(command["order"])
                reply = side.about
            elif do == "train":
                reply = side.train(**command)
            elif do == "predict":
                reply = side.predict(**command)
            elif do == "phases":
                reply = []
            elif do == "about":
                reply = side.about
            else:
                reply = {"peakBytes": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}
            reply = {"ok": reply}
        except Exception as error:
            reply = {"error": f"{type(error).__name__}: {error}"}
        replies.write(json.dumps(reply) + "\n")
        replies.flush()


def first_update(order):
    """One update in the form that needs no compiling, and the word that it is done."""
    side = Side(order)
    side.update(side.fresh("nn.LSTM"), 0)
    print(time.process_time(), flush=True)


if len(sys.argv) > 2 and sys.argv[1] == "--first-update":
    first_update(json.loads(sys.argv[2]))
else:
    main()
