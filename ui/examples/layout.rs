//! What layout costs: `cargo run --release -p halt-ui --example layout`.

use halt_heap::{Heap, Region, Scope, Value};
use halt_ui::{Layout, Node, Theme, layout};
use std::time::Instant;

fn main() {
    let heap = Heap::new(Region::allocate(1 << 30)).expect("a heap");
    heap.mutator().enter(|s| {
        println!(
            "{:<44} {:>10} {:>9} {:>9} {:>9}",
            "layout of (the least of 25)", "us", "new", "read", "measures"
        );
        let columns: Vec<Value<'_>> = (0..40).map(|column| column_of(s, column, 25)).collect();
        let before = node(s, "row", &[("gap", 4)], &columns);
        let first = time(s, "1,040 nodes, cold", None, before);
        time(s, "1,040 nodes, the same scene", Some(first.root), before);
        let changed = s.vector_assoc(columns[17], 7, text(s, 432)).unwrap().unwrap();
        let after = s.vector_assoc(before, 19, changed).unwrap().unwrap();
        time(s, "1,040 nodes, one leaf changed", Some(first.root), after);
        let anew: Vec<Value<'_>> = (0..40).map(|column| column_of(s, column, 25)).collect();
        let anew = node(s, "row", &[("gap", 4)], &anew);
        time(s, "1,040 nodes, an equal scene made anew", Some(first.root), anew);

        let rows: Vec<Value<'_>> = (0..1000).map(|n| text(s, n)).collect();
        let before = node(s, "column", &[], &rows);
        let first = time(s, "1,000 texts in one column, cold", None, before);
        let after = s.vector_assoc(before, 500, text(s, 7)).unwrap().unwrap();
        time(s, "1,000 texts in one column, one changed", Some(first.root), after);

        let canvas = |step: i64| {
            let circle = |n: i64| {
                let styles = [("x", n * 3 + step), ("y", n * 7 % 600), ("r", 6), ("fill", 0xFF_8800 + n)];
                node(s, "circle", &styles, &[])
            };
            let circles: Vec<Value<'_>> = (0..300).map(circle).collect();
            node(s, "canvas", &[("width", 1200), ("height", 700)], &circles)
        };
        let first = time(s, "300 circles, cold", None, canvas(0));
        time(s, "300 circles, each moved", Some(first.root), canvas(1));

        for tags in [["row", "column"], ["column", "grid"], ["stack", "scroll"]] {
            let mut deep = text(s, 1);
            for depth in 0..90 {
                deep = node(s, tags[depth % 2], &[("pad", 1)], &[deep, text(s, depth as i64)]);
            }
            time(s, &format!("90 levels of {} and {}, cold", tags[0], tags[1]), None, deep);
        }
    });
}

fn time<'s>(s: Scope<'s>, what: &str, previous: Option<Node<'s>>, scene: Value<'s>) -> Layout<'s> {
    let theme = Theme::dark();
    let mut times = Vec::new();
    let mut last = None;
    for _ in 0..25 {
        let start = Instant::now();
        last = Some(layout(s, previous, scene, 1280, 800, &theme).expect("memory"));
        times.push(start.elapsed().as_nanos() as f64 / 1000.0);
    }
    times.sort_by(f64::total_cmp);
    let layout = last.expect("a layout");
    let stats = layout.stats;
    println!("{what:<44} {:>10.1} {:>9} {:>9} {:>9}", times[0], stats.new_nodes, stats.read, stats.measures);
    layout
}

fn node<'s>(s: Scope<'s>, tag: &str, styles: &[(&str, i64)], children: &[Value<'s>]) -> Value<'s> {
    let pairs: Vec<_> = styles.iter().map(|(name, n)| (s.keyword(name), s.int(*n).unwrap())).collect();
    let mut all = vec![s.keyword(tag), s.map(&pairs).unwrap()];
    all.extend(children);
    s.vector(&all).unwrap()
}

fn text(s: Scope<'_>, n: i64) -> Value<'_> {
    s.vector(&[s.keyword("text"), s.int(n).unwrap()]).unwrap()
}

fn column_of(s: Scope<'_>, column: i64, count: i64) -> Value<'_> {
    let texts: Vec<Value<'_>> = (0..count).map(|n| text(s, column * count + n)).collect();
    node(s, "column", &[("pad", 4)], &texts)
}
