"""Time and memory over the number of rows: two small panels in one SVG."""

import math

WIDTH, HEIGHT = 760, 300
PANEL, TOP, BOTTOM = 270, 46, 250
COLOURS = {"split": "#1f6feb", "load": "#c2410c"}


def scale(low, high, start, end):
    """A logarithmic axis: maps a value to its position."""
    low, high = math.log10(low), math.log10(high)
    return lambda value: start + (math.log10(value) - low) / (high - low) * (end - start)


def decades(values):
    """The powers of ten around all values, at least one decade."""
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return [10.0**power for power in range(low, max(high, low + 1) + 1)]


def text(x, y, content, anchor="middle", colour="#444"):
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" fill="{colour}">{content}</text>'


def line(x1, y1, x2, y2, colour="#ddd"):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"/>'


def panel(left, title, series, label):
    """One panel: `series` maps a name to its points (rows, value)."""
    points = [point for values in series.values() for point in values]
    xs, ys = decades([x for x, _ in points]), decades([y for _, y in points])
    across, up = scale(xs[0], xs[-1], left, left + PANEL), scale(ys[0], ys[-1], BOTTOM, TOP)
    parts = [text(left + PANEL / 2, TOP - 26, title, colour="#000")]
    parts += [line(across(x), TOP, across(x), BOTTOM) + text(across(x), BOTTOM + 18, rows(x)) for x in xs]
    parts += [line(left, up(y), left + PANEL, up(y)) + text(left - 6, up(y) + 4, label(y), "end") for y in ys]
    for name, values in series.items():
        path = " ".join(f"{across(x):.1f},{up(y):.1f}" for x, y in values)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{COLOURS[name]}" stroke-width="2"/>')
        parts += [f'<circle cx="{across(x):.1f}" cy="{up(y):.1f}" r="3" fill="{COLOURS[name]}"/>' for x, y in values]
        x, y = values[-1]
        parts.append(text(across(x) - 8, up(y) - 8, name, "end", COLOURS[name]))
    return "\n".join(parts)


def rows(count):
    """A number as `10k` or `1M`."""
    return f"{count / 1e6:g}M" if count >= 1e6 else f"{count / 1e3:g}k" if count >= 1e3 else f"{count:g}"


def draw(points):
    """The chart of `points`: dicts of rows, and of each function's processor seconds and peak memory in MiB."""
    names = tuple(COLOURS)
    seconds = {name: [(point["rows"], point[name]["processor"]) for point in points] for name in names}
    memory = {name: [(point["rows"], point[name]["peak_mib"]) for point in points] for name in names}
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
            panel(80, "processor time, seconds", seconds, lambda value: f"{value:g}"),
            panel(450, "peak memory, MiB", memory, lambda value: f"{value:g}"),
            text(WIDTH / 2, HEIGHT - 8, "rows of the file"),
            "</svg>\n",
        ]
    )
