//! The library's image holds what its source gives, word for word, and programs may redefine all of it.

use halt_heap::{Heap, Image, Region};
use halt_lisp::{Call, Native, Runtime, Signal, eval_to_string};
use std::sync::Arc;

fn heap() -> Heap {
    Heap::new(Region::allocate(64 << 20)).expect("a heap")
}

fn from_image(sets: &[&'static [Native]], image: Image) -> Result<Arc<Runtime>, String> {
    Runtime::from_image(&heap(), sets, &[], image)
}

/// Takes the image of a runtime in a way that another can start from it.
fn image(runtime: &Runtime) -> Image {
    let bytes = runtime.image().expect("an image").leak();
    // SAFETY: it was just made, by this build.
    #[allow(unsafe_code, reason = "as above")]
    unsafe {
        Image::new(bytes)
    }
}

/// Images tell all that a program could: every value, every var and its metadata, every instruction, every name's id.
fn check_same(a: &Runtime, b: &Runtime) {
    let (a, b) = (a.image().expect("an image"), b.image().expect("an image"));
    let differs = a.iter().zip(&b).position(|(a, b)| a != b);
    assert!(a == b, "{} and {} bytes, differ at {differs:?}", a.len(), b.len());
}

#[test]
fn the_image_is_that_of_the_source() {
    let from_source = Runtime::new(&heap(), &[]).expect("a runtime");
    let placed = from_image(&[], halt_image::library()).expect("a runtime");
    check_same(&from_source, &placed);
    placed.heap().verify().expect("a sound heap");
}

#[test]
fn a_runtime_in_use_has_an_image_too() {
    let runtime = from_image(&[], halt_image::library()).expect("a runtime");
    let define = "(ns app) (defn twice [x] (* 2 x)) (def state (atom {:n 1})) (def lazy (map inc (range)))
                  (swap! state assoc :text (apply str (repeat 9000 \"abc\"))) (take 3 lazy)";
    eval_to_string(&runtime, "app", define, &()).expect("a value");
    let placed = from_image(&[], image(&runtime)).expect("a runtime");
    check_same(&runtime, &placed);
    let source = "(swap! app/state update :n inc)
                  [(app/twice 4) (take 3 app/lazy) (:n @app/state) (count (:text @app/state)) (= (gensym) (gensym))]";
    assert_eq!(eval_to_string(&placed, "t", source, &()), Ok("[8 (1 2 3) 2 27000 false]".into()));
    assert_eq!(eval_to_string(&runtime, "t", "(:n @app/state)", &()), Ok("1".into()));
}

/// What the library's own functions call is looked up at each call, unless it is an instruction.
#[test]
fn what_comes_from_the_image_can_be_redefined() {
    let runtime = from_image(&[], halt_image::library()).expect("a runtime");
    for (source, expected) in [
        ("(update {:a 1} :a inc)", "{:a 2}"),
        (
            "(in-ns 'clojure.core) (defn update [m k f] [:mine k]) (defmacro unless [c x] `(if ~c nil ~x)) (in-ns 'user)",
            "nil",
        ),
        ("(update {:a 1} :a inc)", "[:mine :a]"),
        ("(unless false 3)", "3"),
        ("(alter-var-root #'clojure.core/some? (fn [f] (fn [x] true))) (keep identity [nil 1])", "(nil 1)"),
        // But for what is an instruction, as in programs.
        ("(alter-var-root #'clojure.core/not (fn [f] (fn [x] x))) ((complement odd?) 3)", "false"),
        ("(:doc (meta #'clojure.core/assoc)) (count (map identity [1 2]))", "2"),
    ] {
        assert_eq!(eval_to_string(&runtime, "t", source, &()), Ok(expected.into()), "{source}");
    }
}

fn answer<'s>(call: &Call<'_, 's>) -> Result<halt_heap::Value<'s>, Signal<'s>> {
    Ok(call.s.int(42)?)
}

const EXTRA: &[Native] =
    &[Native { name: "halt.extra/answer", arity: (0, Some(0)), doc: "Returns 42.", function: answer }];

#[test]
fn natives_come_beside_those_of_the_image_but_not_in_their_place() {
    let with = from_image(&[EXTRA], halt_image::library()).expect("a runtime");
    assert_eq!(eval_to_string(&with, "t", "[(halt.extra/answer) (inc 1)]", &()), Ok("[42 2]".into()));
    assert!(from_image(&[EXTRA], image(&with)).is_ok());
    assert_eq!(from_image(&[], image(&with)).err(), Some("the image was made with other natives".into()));
}
