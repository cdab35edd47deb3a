"""What the peers share: the settings, our weights and images, and the commands that come line by line.

`step N` and `translate N` run N times and answer with milliseconds, as one line of JSON; the end of the input
ends the program.
"""

import json
import os
import resource
import sys
import time

import numpy as np

settings = json.loads(sys.argv[1])
cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
answers = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)  # what libraries print is no answer


def weights_and_images(shapes):
    """Arrays of these shapes, then A's and B's images [batch, size, size, 3], from the file that ours wrote."""
    size, batch = settings["size"], settings["batch"]
    shapes = [*shapes, [batch, size, size, 3], [batch, size, size, 3]]
    ends = np.cumsum([np.prod(shape, dtype=int) for shape in shapes])
    values = np.fromfile(settings["values"], "<f4")
    if len(values) != ends[-1]:
        raise SystemExit(f"{len(values)} values for {ends[-1]} weights and pixels: not the same networks")
    arrays = [part.reshape(shape) for part, shape in zip(np.split(values, ends[:-1]), shapes)]
    return arrays[:-2], *arrays[-2:]


def answer(**values):
    answers.write(json.dumps(values) + "\n")


def serve(version, parameters, step, translate):
    """`step()` gives the losses, G_A G_B cycle_A cycle_B idt_A idt_B D_A D_B; `translate()` images on the host."""
    answer(version=version, parameters=int(parameters))
    for line in sys.stdin:
        command, count = line.split()
        times, losses = [], []
        for _ in range(int(count)):
            start = time.perf_counter()
            if command == "step":
                losses.append([float(loss) for loss in step()])
            else:
                translate()
            times.append((time.perf_counter() - start) * 1000)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        answer(ms=times, losses=losses, peakRssBytes=peak if sys.platform == "darwin" else peak * 1024)
