"""The pure core: values and functions over them; no I/O, no clock, no logging, no await."""
