//! Shared by the tests: scenes from text, pictures to text, random numbers.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]

use halt_heap::{Heap, Kind, Region, Scope, Value};
use halt_ui::{Flags, Image, Node, NodeKind};
use std::fmt::Write;

/// Runs a test body in a scope of a fresh heap.
pub fn with_heap<R>(body: impl for<'s> FnOnce(Scope<'s>) -> R) -> R {
    let heap = Heap::new(Region::allocate(256 << 20)).unwrap();
    heap.mutator().enter(body)
}

/// Reads a scene: vectors, maps, lists, keywords, numbers, strings, nil, true and false.
pub fn scene<'s>(s: Scope<'s>, text: &str) -> Value<'s> {
    let mut rest = text;
    let value = read(s, &mut rest);
    assert!(rest.trim().is_empty(), "left over: {rest}");
    value
}

/// Reads a scene whose texts are of the monospaced face, 7 pixels a character: so that places are easy to tell.
pub fn mono_scene<'s>(s: Scope<'s>, text: &str) -> Value<'s> {
    let mut text = text.to_string();
    for tag in ["text", "button", "input", "text-area", "checkbox"] {
        text = text.replace(&format!("[:{tag} {{"), &format!("[:{tag} {{:font :mono "));
        for rest in ["\"", "1", "2", "7", "\\"] {
            text = text.replace(&format!("[:{tag} {rest}"), &format!("[:{tag} {{:font :mono}} {rest}"));
        }
    }
    scene(s, &text)
}

fn read<'s>(s: Scope<'s>, rest: &mut &str) -> Value<'s> {
    let blank = |c: char| c.is_whitespace() || c == ',';
    *rest = rest.trim_start_matches(blank);
    let first = rest.chars().next().expect("a form");
    let close = match first {
        '[' => ']',
        '{' => '}',
        '(' => ')',
        '"' => {
            let end = rest[1..].find('"').expect("a closing quote") + 1;
            let text = rest[1..end].replace("\\n", "\n");
            *rest = &rest[end + 1..];
            return s.string(&text).unwrap();
        }
        _ => {
            let end = rest.find(|c: char| blank(c) || "[]{}()\"".contains(c)).unwrap_or(rest.len());
            let (word, tail) = rest.split_at(end);
            *rest = tail;
            return atom(s, word);
        }
    };
    *rest = &rest[1..];
    let mut values = Vec::new();
    loop {
        *rest = rest.trim_start_matches(blank);
        if rest.starts_with(close) {
            *rest = &rest[1..];
            break;
        }
        values.push(read(s, rest));
    }
    match close {
        ']' => s.vector(&values).unwrap(),
        ')' => s.list(&values).unwrap(),
        _ => {
            let pairs: Vec<_> = values.chunks(2).map(|pair| (pair[0], pair[1])).collect();
            s.map(&pairs).unwrap()
        }
    }
}

fn atom<'s>(s: Scope<'s>, word: &str) -> Value<'s> {
    match word {
        "nil" => Value::NIL,
        "true" => Value::TRUE,
        "false" => Value::FALSE,
        "##NaN" => s.float(f64::NAN).unwrap(),
        "##Inf" => s.float(f64::INFINITY).unwrap(),
        _ => {
            if let Some(name) = word.strip_prefix(':') {
                s.keyword(name)
            } else if let Some(hex) = word.strip_prefix("0x") {
                s.int(i64::from_str_radix(hex, 16).unwrap()).unwrap()
            } else if let Ok(n) = word.parse::<i64>() {
                s.int(n).unwrap()
            } else if let Ok(f) = word.parse::<f64>() {
                s.float(f).unwrap()
            } else {
                match word {
                    // A yellow pixel and a transparent one.
                    "photo" => {
                        let colors = [0xFFFF_FF00, 0x0000_0000].into_iter();
                        Image::from_pixels(s, 2, 1, colors).unwrap().value()
                    }
                    _ => s.symbol(word),
                }
            }
        }
    }
}

/// The rectangles and contents of a picture, one node a line.
pub fn shown<'s>(s: Scope<'s>, node: Node<'s>) -> String {
    let mut out = String::new();
    show(s, node, 0, &mut out);
    out
}

fn show<'s>(s: Scope<'s>, node: Node<'s>, depth: usize, out: &mut String) {
    let data = node.data(s);
    let rect = data.rect;
    let kind = format!("{:?}", data.kind).to_lowercase();
    let _ = write!(
        out,
        "{:depth$}{kind} {},{} {}x{}",
        "",
        rect.x,
        rect.y,
        rect.width,
        rect.height,
        depth = depth
    );
    if let Some(text) = s.as_str(node.content(s)) {
        let _ = write!(out, " {text:?}");
    }
    out.push('\n');
    for child in children(s, node) {
        show(s, child, depth + 1, out);
    }
}

/// The children of a node.
pub fn children<'s>(s: Scope<'s>, node: Node<'s>) -> Vec<Node<'s>> {
    let children = node.children(s);
    match s.kind(children) {
        Kind::Vector => s.vector_iter(children).map(|child| Node::of(s, child).expect("a node")).collect(),
        _ => Vec::new(),
    }
}

/// Every text of a picture, in order.
pub fn texts<'s>(s: Scope<'s>, node: Node<'s>) -> Vec<String> {
    let mut all = Vec::new();
    if node.data(s).kind == NodeKind::Text {
        all.extend(s.as_str(node.content(s)).map(String::from));
    }
    for child in children(s, node) {
        all.extend(texts(s, child));
    }
    all
}

/// Where two pictures first differ, node by node; memos and scenes do not count.
pub fn difference<'s>(s: Scope<'s>, a: Node<'s>, b: Node<'s>) -> Option<String> {
    if a.value().is_identical(b.value()) {
        return None;
    }
    let (left, right) = (children(s, a), children(s, b));
    // Not a number equals nothing, itself included, but it is itself.
    let equal = |a: Value<'s>, b: Value<'s>| a.is_identical(b) || s.equal(a, b);
    let same = a.data(s) == b.data(s)
        && equal(a.key(s), b.key(s))
        && equal(a.content(s), b.content(s))
        && equal(a.handlers(s), b.handlers(s))
        && left.len() == right.len();
    if !same {
        let text = |node: Node<'s>| format!("{:?} {}", node.data(s), shown(s, node));
        return Some(format!("\n{}instead of\n{}", text(a), text(b)));
    }
    let child = |(index, (a, b)): (usize, (&Node<'s>, &Node<'s>))| {
        difference(s, *a, *b).map(|inner| format!("[{index}]{inner}"))
    };
    left.iter().zip(&right).enumerate().find_map(child)
}

/// Whether two pictures are equal node by node.
pub fn same<'s>(s: Scope<'s>, a: Node<'s>, b: Node<'s>) -> bool {
    difference(s, a, b).is_none()
}

/// Whether every rectangle is sound: no negative size, children of clips may be anywhere.
pub fn check_sound<'s>(s: Scope<'s>, node: Node<'s>) {
    let data = node.data(s);
    assert!(data.rect.width >= 0 && data.rect.height >= 0, "{:?}", data.rect);
    assert!(data.rect.x.abs() < 1 << 24 && data.rect.y.abs() < 1 << 24, "{:?}", data.rect);
    assert!(data.flags & Flags::DISABLED == 0 || data.flags & Flags::FOCUSABLE == 0);
    for child in children(s, node) {
        check_sound(s, child);
    }
}

/// A small seeded generator (xorshift).
pub struct Random(u64);

impl Random {
    /// From a seed.
    pub fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below a bound.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % bound.max(1)
    }
}
