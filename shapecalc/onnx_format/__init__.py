"""Networks as ONNX models, and what onnxruntime makes of them."""
