"""What writers of programs share: names, numbers that are worked out, arguments by place or name."""

from __future__ import annotations

from random import Random


class Writer:
    """What writers of programs share: names, numbers as expressions, and lines above the network."""

    def __init__(self, random: Random) -> None:
        self.random, self.above, self.count = random, list[str](), 0
        self.plain = random.random() < 0.3

    def fresh(self, word: str) -> str:
        self.count += 1
        return f"{word}{self.count}"

    def chance(self, part: float) -> bool:
        return self.random.random() < part

    def one(self, *ways: str) -> str:
        return ways[self.random.randrange(len(ways))]

    def number(self, value: int) -> str:
        """An expression of a whole number."""
        if self.plain or self.chance(0.7):
            return str(value)
        name = self.fresh("n")
        self.above.append(
            self.one(f"{name} = {value}", f"{name}, _ = ({value}, 1)", f"{name} = [{value + 1}, {value}][-1]")
        )
        return self.one(
            name, f"int({name})", f"{value - 1} + 1", f"{2 * value} // 2", f"{{'a': {name}}}['a']", f"max({name}, 0)"
        )

    def call(self, name: str, first: list[tuple[str, str]], rest: list[tuple[str, str]]) -> str:
        """A call with arguments by place or name; those of `rest` by name."""
        by_name = len(first) if self.plain else self.random.randrange(len(first) + 1)
        words = [value for _, value in first[:by_name]]
        named = [f"{key}={value}" for key, value in (*first[by_name:], *rest)]
        self.random.shuffle(named)
        return self.by_way(name, words, named)

    def by_way(self, name: str, words: list[str], named: list[str]) -> str:
        """A call of something that stands for what is called."""
        given = ", ".join(words + named)
        made = self.fresh("make")
        match self.random.randrange(40) if not self.plain else 99:
            case 0:
                self.above.append(f"def {made}(*given, **named):\n    return {name}(*given, **named)\n")
                return f"{made}({given})"
            case 1:
                self.above.append(f"{made} = {name}")
                return f"{made}({given})"
            case 2:
                return f"{{'a': {name}}}['a']({given})"
            case 3:
                return f"(lambda *a, **k: {name}(*a, **k))({given})"
            case 4:
                self.above.append(f"{made} = functools.partial({', '.join([name, *named])})")
                return f"{made}({', '.join(words)})"
            case 5:
                return f"{name}(*[{', '.join(words)}], **dict({', '.join(named)}))"
            case 6 if "F." not in name:
                self.above.append(f"class {made.title()}({name}):\n    pass\n")
                return f"{made.title()}({given})"
            case 7 if "F." not in name:
                self.above.append(
                    f"class {made.title()}({name}):\n    def __init__(self, *args, **kwargs):\n"
                    f"        super().__init__(*args, **kwargs)\n"
                )
                return f"{made.title()}({given})"
        return f"{name}({given})"

    def pair(self, value: int) -> str:
        return self.number(value) if self.chance(0.7) else f"({value}, {value})"
