import numpy
import skimage


def lambda_handler(event, context):
    size = event["size"]
    image = numpy.fromfunction(lambda row, column: (row * column) % 7 / 7, (size, size))
    # Every name below is found by skimage through one of its stubs.
    edges = skimage.filters.sobel(image)
    labels = skimage.measure.label(image > skimage.filters.threshold_otsu(image))
    small = skimage.transform.resize(image, (4, 4), anti_aliasing=True)
    return {
        "edges": round(float(edges.sum()), 6),
        "labels": int(labels.max()),
        "small": numpy.round(small, 6).tolist(),
        "names": [name for name in dir(skimage) if not name.startswith("_")],
        "drawn": [int(part.sum()) for part in skimage.draw.disk((8, 8), 3)],
        "data": int(skimage.data.binary_blobs(length=16, rng=1).sum()) >= 0,
    }
