"""Arithmetic, exactly, with bounds on everything."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable

from visavis_agents.shown import ListContent, ListItem
from visavis_agents.tools.port import Hands, ToolError, tool

_OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}

_SIGNS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "\u2212",
    ast.Mult: "\u00d7",
    ast.Div: "\u00f7",
    ast.FloorDiv: "\u00f7",
    ast.Mod: "mod",
    ast.Pow: "^",
}


@tool()
async def calculate(hands: Hands, expression: str) -> str:
    """Work out an arithmetic expression such as "12.5 * (3 + 4)" or "2 ** 10"."""
    value = evaluate(expression)
    if len(worked := steps(expression)) > 1:
        shown = ListContent(tuple(ListItem(step) for step in worked), ordered=True)
        hands.beside(lambda: hands.cards.replace("Step by step", shown))
    return f"That is {spoken_number(value)}."


def evaluate(expression: str) -> float:
    """The value of an expression of numbers, brackets and + - * / // % **. Raises ToolError, fit to be said."""
    if len(expression) > 200:
        raise ToolError("That is too long for me to work out.")
    try:
        return _value(ast.parse(expression, mode="eval").body)
    except ZeroDivisionError:
        raise ToolError("I can't divide by zero.") from None
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        raise ToolError("I could not make sense of that sum.") from None
    except OverflowError:
        raise ToolError("That number is too large for me.") from None


def _value(node: ast.expr) -> float:
    match node:
        case ast.Constant(value=bool()):
            raise ValueError(node)
        case ast.Constant(value=int() | float() as number):
            return _bounded(number)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _value(operand)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            a, b = _value(left), _value(right)
            if isinstance(op, ast.Pow) and (abs(b) > 64 or abs(a) > 1e6):
                raise OverflowError
            return _bounded(_OPERATORS[type(op)](a, b))
    raise ValueError(node)


def steps(expression: str) -> list[str]:
    """How an expression that `evaluate` takes is worked out: ["3 + 4 = 7", "12.5 x 7 = 87.5"]."""
    done: list[str] = []

    def work(node: ast.expr) -> float:
        match node:
            case ast.UnaryOp(operand=operand):
                return -work(operand)
            case ast.BinOp(left=left, op=op, right=right):
                a, b = work(left), work(right)
                value = _OPERATORS[type(op)](a, b)
                done.append(f"{_written(a)} {_SIGNS[type(op)]} {_written(b)} = {_written(value)}")
                return value
        return _value(node)

    work(ast.parse(expression, mode="eval").body)
    return done


def _written(number: float) -> str:
    text = f"{number:,.4f}".rstrip("0").rstrip(".")
    return f"({text})" if number < 0 else text


def _bounded(number: float) -> float:
    if isinstance(number, complex):
        raise ValueError(number)
    if abs(number) > 1e15:
        raise OverflowError
    return number


def spoken_number(number: float) -> str:
    """At most four digits after the point, no trailing zeros, thousands marked."""
    if number == int(number):
        return f"{int(number):,}"
    return f"about {number:,.4f}".rstrip("0") if round(number, 4) != number else f"{number:,.4f}".rstrip("0")
