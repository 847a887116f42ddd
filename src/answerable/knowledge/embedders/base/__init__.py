"""What local models share: word pieces, the encoder run on ONNX Runtime, the embedder over them."""
