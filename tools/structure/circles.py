"""Circles of packages and of modules.

The rule for modules. Within a module there are its own code and its children,
each child with all that lies below it. None of these may reach itself over
the others. So a child that names `super::Z` makes a circle where the parent
defines `Z` and its own code uses the child; and `a` and `b` are a circle where
`a::x` uses `b` and `b::y` uses `a`, whatever x and y are to each other.
"""


def circles(edges):
    """The sets of more than one node that all reach each other; `edges` gives the nodes behind a node.

    These are Tarjan's strongly connected components. Each is sorted, and so are they.
    """
    order, lowest, unassigned, found = {}, {}, [], []

    def visit(node):
        order[node] = lowest[node] = len(order)
        unassigned.append(node)
        for other in sorted(edges.get(node, ())):
            if other not in order:
                visit(other)
                lowest[node] = min(lowest[node], lowest[other])
            elif other in unassigned:
                lowest[node] = min(lowest[node], order[other])
        if lowest[node] == order[node]:
            at = unassigned.index(node)
            found.append(sorted(unassigned[at:]))
            del unassigned[at:]

    for node in sorted(edges):
        if node not in order:
            visit(node)
    return sorted(circle for circle in found if len(circle) > 1)


def of_modules(root, uses):
    """The circles of a crate: lists of module paths, each with the uses that tie it, by the pair that they tie."""
    for module in root.all():
        if module.children:
            tied = {}
            for use in uses:
                pair = _within(module.path, use.module), _within(module.path, use.other)
                if None not in pair and pair[0] != pair[1]:
                    tied.setdefault(pair, []).append(use)
            for circle in circles(_edges(tied)):
                inside = {pair: by for pair, by in sorted(tied.items()) if set(pair) <= set(circle)}
                yield circle, inside


def _within(parent, path):
    """The part of a module to which another one belongs: its own code, or a child; None where it lies outside."""
    return path[: len(parent) + 1] if path[: len(parent)] == parent else None


def _edges(pairs):
    edges = {}
    for one, other in pairs:
        edges.setdefault(one, set()).add(other)
    return edges
