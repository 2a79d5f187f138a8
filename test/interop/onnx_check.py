#!/usr/bin/env python3
"""Runs onnx.checker, with shape inference, on every .onnx file of a folder. Needs Debian's python3-onnx."""

import pathlib
import sys

import onnx

paths = sorted(pathlib.Path(sys.argv[1]).glob("*.onnx"))
if not paths:
    sys.exit(f"no .onnx files in {sys.argv[1]}")
for path in paths:
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
    rank = len(inferred.graph.output[0].type.tensor_type.shape.dim)
    if rank not in (2, 3):
        sys.exit(f"{path}: expected an output of 2 or 3 axes, got {rank}")
print(f"{len(paths)} models passed onnx.checker {onnx.__version__}")
