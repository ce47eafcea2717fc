"""Constants that a module itself gives to arguments that are omitted."""

import ast
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_READERS = ("get", "given", "has", "pop", "setdefault")
"""Methods that read an argument by its key or path."""

_FILLERS = ("get", "pop", "setdefault")
"""Methods that take a value for an omitted argument."""

Keys = dict[str, str]
"""The keys of the arguments that a function's variables hold, by variable."""

Found = Iterator[tuple[str, ast.expr | None]]
"""Keys of arguments, and the values for omitted ones."""


class Default(NamedTuple):
    """A constant for an omitted argument."""

    key: str
    value: str
    """Its source."""


def defaults_of(module: ast.Module) -> set[Default]:
    """Return the arguments that a module gives a constant of its own, and these constants.

    None, empty values and what is read from a field table (`TABLE["x"].default`) are not among them.
    """
    functions = [
        part
        for node in module.body
        for part in (node.body if isinstance(node, ast.ClassDef) else [node])
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    found = {default for function in functions for default in _omitted(function)}
    found |= {default for node in ast.walk(module) for default in _declared(node)}
    of_tables = _of_tables(module)
    return {default for default in found if default.value not in of_tables}


def _of_tables(module: ast.Module) -> set[str]:
    """Return the names of a module's constants that hold defaults of a table."""
    return {
        ast.unparse(target)
        for node in module.body
        for target, value in _assigned(node)
        if any(isinstance(part, ast.Attribute) and part.attr == "default" for part in ast.walk(value))
    }


def _assigned(node: ast.AST) -> list[tuple[ast.expr, ast.expr]]:
    """Return the targets of an assignment with their values."""
    match node:
        case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
            return list(zip(targets, values, strict=False))
        case ast.Assign(targets=[target], value=value):
            return [(target, value)]
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            return [(target, value)]
        case ast.NamedExpr(target=target, value=value):
            return [(target, value)]
        case _:
            return []


def _declared(node: ast.AST) -> Iterator[Default]:
    """Yield the constants that a class's attributes and a function's parameters have by default."""
    pairs: list[tuple[str, ast.expr | None]] = []
    match node:
        case ast.ClassDef(body=body):
            declared = [part for part in body if isinstance(part, ast.AnnAssign)]
            pairs = [(ast.unparse(part.target), _initial(part.value)) for part in declared]
        case ast.FunctionDef(args=args) | ast.AsyncFunctionDef(args=args):
            names = [argument.arg for argument in (*args.posonlyargs, *args.args)]
            pairs = [*zip(names[len(names) - len(args.defaults) :], args.defaults, strict=True)]
            pairs += zip((argument.arg for argument in args.kwonlyargs), args.kw_defaults, strict=True)
        case _:
            pass
    yield from (Default(name, ast.unparse(value)) for name, value in pairs if value and _is_constant(value))


def _initial(value: ast.expr | None) -> ast.expr | None:
    """Return the default in a dataclass's `field(default=...)`."""
    keywords = value.keywords if isinstance(value, ast.Call) else []
    return next((keyword.value for keyword in keywords if keyword.arg == "default"), value)


def _omitted(function: ast.AST) -> Iterator[Default]:
    """Yield the arguments that a function reads, with its constants for omitted ones."""
    held: Keys = {}
    for node in ast.walk(function):
        for target, value in _assigned(node):
            if isinstance(target, ast.Name) and (key := _read(value, held)):
                held[target.id] = key
    for node in ast.walk(function):
        for key, value in (*_filled(node, held), *_chosen(node, held), *_replaced(node, held)):
            if key and value and _is_constant(value):
                yield Default(key, ast.unparse(value))


def _read(node: ast.AST | None, held: Keys) -> str:
    """Return the key of the argument that an expression reads, converted or not; empty for others."""
    match node:
        case ast.Call(func=ast.Attribute(attr=method), args=[ast.Constant(value=str(path)), *_]):
            return path.rpartition(".")[2] if method in _READERS else ""
        case ast.Subscript(slice=ast.Constant(value=str(path))):
            return path.rpartition(".")[2]
        case ast.Call(func=ast.Name(), args=[*_, inner]) | ast.NamedExpr(value=inner):
            return _read(inner, held)
        case ast.Name(id=name):
            return held.get(name, "")
        case _:
            return ""


def _filled(node: ast.AST, held: Keys) -> Found:
    """Yield what `args.get(key, value)`, `args[key] or value` and `{key: value, **args}` give an argument."""
    match node:
        case ast.Call(func=ast.Attribute(attr=method), args=[ast.Constant(value=str(key)), value]):
            if method in _FILLERS:
                yield key, value
        case ast.Call(func=ast.Name(id="getattr"), args=[_, ast.Constant(value=str(key)), value]):
            yield key, value
        case ast.BoolOp(op=ast.Or(), values=[*values, value]):
            # `or 0` gives an unset number its neutral value.
            if not isinstance(value, ast.Constant) or value.value:
                yield from ((_read(one, held), value) for one in values)
        case ast.Dict(keys=keys, values=values) if None in keys:
            yield from _entries(keys[: len(keys) - keys[::-1].index(None)], values)
        case ast.BinOp(left=ast.Dict(keys=keys, values=values), op=ast.BitOr()):
            yield from _entries(keys, values)
        case _:
            pass


def _entries(keys: Sequence[ast.expr | None], values: Sequence[ast.expr]) -> Found:
    for key, value in zip(keys, values, strict=False):
        if isinstance(key, ast.Constant):
            yield str(key.value), value


def _chosen(node: ast.AST, held: Keys) -> Found:
    """Yield what `value if args.get(key) is None else args[key]` gives, in either order."""
    if isinstance(node, ast.IfExp) and (key := _tested(node.test, held)):
        for value, other in ((node.body, node.orelse), (node.orelse, node.body)):
            if _read(other, held) == key:
                yield key, value


def _replaced(node: ast.AST, held: Keys) -> Found:
    """Yield what `if args.get(key) is None:` assigns, or returns where the argument is returned else."""
    for block in ("body", "orelse", "finalbody"):
        statements: list[ast.stmt] = getattr(node, block, None) or []
        for place, statement in enumerate(() if isinstance(node, ast.expr) else statements):
            if not isinstance(statement, ast.If) or not (key := _tested(statement.test, held)):
                continue
            others = [*statement.orelse, *statements[place + 1 :]][:1]
            for body, other in ((statement.body, others), (others, statement.body)):
                yield from ((key, value) for value in _instead(key, body, other, held))


def _instead(
    key: str, body: Sequence[ast.AST], others: Sequence[ast.AST], held: Keys
) -> list[ast.expr | None]:
    """Return the values that `body` has in place of an argument, which `others` use."""
    match [*body, *others]:
        case [ast.Return(value=value), ast.Return(value=read)] if _read(read, held) == key:
            return [value]
        case _:
            pairs = [pair for statement in body for pair in _assigned(statement)]
            return [value for target, value in pairs if _read(target, held) == key]


def _tested(test: ast.expr, held: Keys) -> str:
    """Return the key of the argument of which a condition asks if it is there, None or empty."""
    match test:
        case ast.Compare(left=left, ops=[ast.Is() | ast.IsNot()], comparators=[ast.Constant(value=None)]):
            return _read(left, held)
        case ast.Compare(left=ast.Constant(value=str(key)), ops=[ast.In() | ast.NotIn()]):
            return key
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return _tested(operand, held)
        case _:
            return _read(test, held)


def _is_constant(node: ast.AST) -> bool:
    """Return whether an expression is a literal that is not empty, a name in capitals, or made of these."""
    match node:
        case ast.Constant(value=value):
            return value not in (None, "")
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.isupper()
        case ast.UnaryOp(operand=operand):
            return _is_constant(operand)
        case ast.BinOp(left=left, right=right):
            return _is_constant(left) and _is_constant(right)
        case (
            ast.List(elts=items)
            | ast.Tuple(elts=items)
            | ast.Set(elts=items)
            | ast.Dict(values=items)
            | ast.Call(func=ast.Name(id="int" | "str" | "float"), args=items)
        ):
            return bool(items) and all(map(_is_constant, items))
        case _:
            return False
