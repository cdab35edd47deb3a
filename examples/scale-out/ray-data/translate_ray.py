"""Translates a folder of images with Ray Data and a generator that `ts-cyclegan export --format onnx` has written.

    python translate_ray.py --model AtoB.onnx --images photos --out translated --workers 2

Each worker is a process with an ONNX Runtime session. Results that exist are skipped, and written atomically: run it again to
finish what was interrupted. Workers that die are replaced, and their images are translated by others.
"""

import argparse
import logging
import os
import sys
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
import ray

ENDINGS = {".jpg", ".jpeg", ".png", ".webp", ".gif", ".tif", ".tiff", ".avif"}


def read_image(path):
    """Levels [height, width, 3], decoded as ts-cyclegan does: rotated by EXIF, in sRGB, transparent pixels white."""
    from io import BytesIO

    from PIL import Image, ImageCms, ImageOps

    with Image.open(path) as file:
        profile = file.info.get("icc_profile")
        image = ImageOps.exif_transpose(file)
        if image.has_transparency_data:
            image = image.convert("RGBA")
            image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
        if profile and image.mode in ("RGB", "CMYK"):
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            image = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
        return np.asarray(image.convert("RGB"))


def write_image(path, levels):
    """The file is complete or does not exist, also if the process is killed."""
    from PIL import Image

    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.tmp")  # replaced by the next try
    Image.fromarray(levels).save(unfinished, format="PNG")
    os.replace(unfinished, path)


class Translator:
    """A worker: Ray creates it once in each process."""

    def __init__(self, model, threads, multiple):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self.session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self.multiple = multiple
        facts = self.session.get_modelmeta().custom_metadata_map
        found = facts.get("layout"), facts.get("value_range")
        if found != ("NCHW", "-1..1"):
            raise ValueError(f"{model} must have the layout NCHW and values in -1..1, got {found}. Export it again.")

    def translate(self, levels):
        """Extends the image by reflection to a size that the generator accepts, and crops the result."""
        height, width, _ = levels.shape
        extra = [(0, -height % self.multiple), (0, -width % self.multiple), (0, 0)]
        image = np.pad(levels, extra, mode="reflect").astype(np.float32) / 127.5 - 1
        (output,) = self.session.run(None, {"input": image.transpose(2, 0, 1)[None]})
        values = output[0].transpose(1, 2, 0)[:height, :width]
        return np.rint((np.clip(values, -1, 1) + 1) * 127.5).astype(np.uint8)

    def __call__(self, batch):
        results = {"source": [], "fault": [], "worker": [], "seconds": []}
        for source, target in zip(batch["source"], batch["target"]):
            start, fault = time.perf_counter(), ""
            try:
                if not os.path.exists(target):  # a worker that died may have written it
                    write_image(Path(target), self.translate(read_image(source)))
            except Exception as error:  # one image must not stop the others
                fault = f"{type(error).__name__}: {error}"
            row = {"source": source, "fault": fault, "worker": os.getpid(), "seconds": time.perf_counter() - start}
            for name, value in row.items():
                results[name].append(value)
        return results


def missing_results(images, out):
    """The images without a result, in the order of their names, and how many images there are."""
    files = sorted(path for path in images.rglob("*") if path.suffix.lower() in ENDINGS and out not in path.parents)
    pairs = [(path, out / path.relative_to(images).with_suffix(".png")) for path in files]
    if len({target for _, target in pairs}) < len(pairs):
        sys.exit("error: two images have the same name but for their extension. Rename one of them.")
    return [(source, target) for source, target in pairs if not target.exists()], len(files)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", type=Path, required=True, help="the .onnx file")
    parser.add_argument("--images", type=Path, required=True, help="a folder, with its subfolders")
    parser.add_argument("--out", type=Path, required=True, help="the folder of the results")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--threads", type=int, default=1, help="cores of each worker")
    parser.add_argument("--batch", type=int, default=8, help="images that a worker gets at a time")
    parser.add_argument("--multiple", type=int, default=4, help="sizes that the generator accepts are multiples of this")
    parser.add_argument("--address", help='of a Ray cluster, such as "auto"; otherwise one is started on this machine')
    options = parser.parse_args()
    for path in (options.model, options.images):
        if not path.exists():
            sys.exit(f'error: there is no file or folder "{path}".')

    todo, count = missing_results(options.images.resolve(), options.out.resolve())
    print(f"{count} images, {count - len(todo)} of them have results", flush=True)
    if not todo:
        return

    if options.address:
        ray.init(address=options.address)
    else:
        ray.init(num_cpus=options.workers * options.threads, include_dashboard=False, log_to_driver=False)
    logging.getLogger("ray.data").setLevel(logging.WARNING)
    ray.data.DataContext.get_current().enable_progress_bars = False
    rows = [{"source": str(source), "target": str(target)} for source, target in todo]
    # As many blocks as batches, so that the workers share the images evenly.
    results = ray.data.from_items(rows, override_num_blocks=-(-len(rows) // options.batch)).map_batches(
        Translator,
        fn_constructor_args=(str(options.model.resolve()), options.threads, options.multiple),
        compute=ray.data.ActorPoolStrategy(size=options.workers, max_tasks_in_flight_per_actor=2),
        batch_size=options.batch,
        num_cpus=options.threads,
    )

    start, failed, workers = time.perf_counter(), 0, defaultdict(list)
    for done, row in enumerate(results.iter_rows(), 1):
        if row["fault"]:
            failed += 1
            print(f"failed: {row['source']}: {row['fault']}", file=sys.stderr, flush=True)
        else:
            workers[row["worker"]].append(row["seconds"])
            print(f"{done}/{len(todo)} {row['source']} (worker {row['worker']})", flush=True)
    seconds = time.perf_counter() - start
    for worker, times in workers.items():
        print(f"worker {worker}: {len(times)} images, {len(times) / sum(times):.2f} images/s")
    print(f"{len(todo) - failed} translated, {failed} failed, {seconds:.1f} s with the start of the workers")
    sys.exit(3 if failed else 0)


if __name__ == "__main__":
    main()
