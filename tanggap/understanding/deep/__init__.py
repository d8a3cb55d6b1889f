"""The deep reader: a small transformer that reads again what matters or what the fast reader is unsure of.

Run time (numpy, onnxruntime, sentencepiece): pieces, encoder. Training (the `train` extra): base, switching, tuning,
packing.
"""
