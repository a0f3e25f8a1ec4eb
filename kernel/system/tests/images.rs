//! Images as programs make them.

#[allow(dead_code, reason = "the tests of the desktop use the rest")]
mod machine;

use machine::Guest;

#[test]
fn images_are_made_of_colours_and_tell_their_pixels() {
    let mut guest = Guest::boot(1, 800, 600, None);
    for (program, expected) in [
        ("(image-size (image 3 2 (range 6)))", "[3 2]"),
        (
            "(let [i (image 2 1 [0xFF0000 0x80FFFFFF])] (mapv (fn [x] (image-pixel i x 0)) [0 1 2 -1]))",
            "[4294901760 2155905152 nil nil]",
        ),
        ("(image 2 1 [1 0] [:a])", "holds :a, which is no colour"),
        ("(= (image 2 1 [1 0] [0xFF 0xFF00]) (image 2 1 [0xFF00 0xFF]))", "true"),
        ("(image 2 1 [1 2] [0xFF 0xFF00])", "holds 2, which is no number of a colour in the palette"),
        ("(image 2 2 [1 2])", "an image of 2x2 has 4 pixels, not 2"),
        ("(image 1 1 [:red])", "holds :red, which is no colour"),
        ("(image 100000 100000 [])", "an image has 1 to 16777216 pixels, not 100000x100000"),
        ("(decode-image [71 73 70])", "these bytes are neither a PNG nor a QOI image"),
        ("(decode-image [300])", "holds 300, which is no byte"),
        // QOI: 2x1 pixels, red and the same again.
        (
            "(let [i (decode-image [0x71 0x6f 0x69 0x66 0 0 0 2 0 0 0 1 3 0 0xfe 255 0 0 0xc0 0 0 0 0 0 0 0 1])] [(image? i) (image-pixel i 1 0)])",
            "[true 4294901760]",
        ),
        ("(image? 5)", "false"),
    ] {
        let said = guest.request("eval", program).unwrap_or_else(|error| error);
        assert!(said == expected || said.contains(expected) && expected.contains(' '), "{program}: {said}");
    }
}
