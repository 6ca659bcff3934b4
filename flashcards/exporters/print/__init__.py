"""Notes → PDF, through Jinja and Typst: the press, and a module for each thing that is printed."""
