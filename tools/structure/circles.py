"""Circles of packages and of modules.

The rule for modules. A module has parts: its own code, and each child with all
modules below it. No part may depend on itself through the others. So there is a
circle if a child names `super::Z`, and the parent defines `Z` and its own code
uses the child. And `a` and `b` are a circle if `a::x` uses `b` and `b::y` uses
`a`, even if x and y do not depend on each other.
"""


def circles(edges):
    """The sets of more than one node that all reach each other; `edges` maps a node to its next nodes.

    They are the strongly connected components, found by Tarjan's algorithm. Sets and their list are sorted.
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
    """The circles of a crate: lists of module paths, each with its uses by pair of modules."""
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
    """The part of a module to which another one belongs: its own code, or a child; None if it is outside."""
    return path[: len(parent) + 1] if path[: len(parent)] == parent else None


def _edges(pairs):
    edges = {}
    for one, other in pairs:
        edges.setdefault(one, set()).add(other)
    return edges
