//! Images: made, decoded, laid out, and what is wrong with some.

mod common;

use common::{scene, shown, with_heap};
use halt_heap::{Scope, Value};
use halt_ui::{Flags, Image, ImageError, Node, NodeKind, Rect, Theme, layout};

fn pixels(image: &Image) -> Vec<u32> {
    let row = |y| (0..image.width).map(move |x| Image::pixel_of(image.row(y), x));
    (0..image.height).flat_map(row).collect()
}

fn problem(made: Result<Image, ImageError>) -> String {
    match made {
        Err(ImageError::Source(problem)) => problem,
        Err(ImageError::Memory) => panic!("out of memory"),
        Ok(_) => panic!("an image"),
    }
}

/// A PNG of a colour type and a depth, with a palette where there is one.
fn png(width: u32, height: u32, color: png::ColorType, depth: png::BitDepth, data: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(color);
    encoder.set_depth(depth);
    if color == png::ColorType::Indexed {
        encoder.set_palette(vec![255, 0, 0, 0, 255, 0]);
        encoder.set_trns(vec![255, 0]);
    }
    encoder.write_header().unwrap().write_image_data(data).unwrap();
    file
}

#[test]
fn pixels_are_kept_premultiplied() {
    with_heap(|s| {
        let colors = [0xFF12_3456, 0x80FF_0001, 0x00FF_FFFF].into_iter();
        let image = Image::from_pixels(s, 3, 1, colors).unwrap();
        assert_eq!(pixels(&image), [0xFF12_3456, 0x8080_0001, 0]);
        assert!(!image.is_opaque);
        let gray = Image::from_bytes(s, 2, 2, &[0, 1, 2, 255]).unwrap();
        assert_eq!(pixels(&gray), [0xFF00_0000, 0xFF01_0101, 0xFF02_0202, 0xFFFF_FFFF]);
        let color = Image::from_bytes(s, 1, 2, &[1, 2, 3, 4, 5, 6]).unwrap();
        assert_eq!(pixels(&color), [0xFF01_0203, 0xFF04_0506]);
        assert!(gray.is_opaque && color.is_opaque);
    });
}

#[test]
fn png_and_qoi_are_decoded() {
    use png::{BitDepth, ColorType};
    with_heap(|s| {
        let check = |file: &[u8], expected: &[u32]| {
            assert_eq!(pixels(&Image::decode(s, file).unwrap()), expected, "{} bytes", file.len());
        };
        let rgba = [255, 0, 0, 255, 0, 255, 0, 0];
        check(&png(2, 1, ColorType::Rgba, BitDepth::Eight, &rgba), &[0xFFFF_0000, 0]);
        check(&png(1, 2, ColorType::Rgb, BitDepth::Eight, &[1, 2, 3, 4, 5, 6]), &[0xFF01_0203, 0xFF04_0506]);
        check(&png(2, 1, ColorType::Grayscale, BitDepth::Eight, &[7, 200]), &[0xFF07_0707, 0xFFC8_C8C8]);
        check(&png(2, 1, ColorType::GrayscaleAlpha, BitDepth::Eight, &[7, 255, 9, 0]), &[0xFF07_0707, 0]);
        check(&png(2, 1, ColorType::Rgb, BitDepth::Sixteen, &[9; 12]), &[0xFF09_0909; 2]);
        check(&png(2, 1, ColorType::Indexed, BitDepth::Two, &[0b0001_0000]), &[0xFFFF_0000, 0]);
        check(&png(8, 1, ColorType::Grayscale, BitDepth::One, &[0b1000_0000]), &{
            let mut row = [0xFF00_0000; 8];
            row[0] = 0xFFFF_FFFF;
            row
        });
        let mut file = vec![0; 64];
        let length = qoi::encode_to_buf(&mut file, rgba, 2, 1).unwrap();
        check(&file[..length], &[0xFFFF_0000, 0]);
    });
}

#[test]
fn what_is_no_image_says_so() {
    with_heap(|s| {
        let bad = |width, height, bytes: &[u8]| problem(Image::from_bytes(s, width, height, bytes));
        assert_eq!(bad(0, 5, &[]), "an image has 1 to 16777216 pixels, not 0x5");
        assert_eq!(
            bad(1 << 40, 1 << 40, &[]),
            "an image has 1 to 16777216 pixels, not 1099511627776x1099511627776"
        );
        assert_eq!(bad(2, 2, &[1, 2, 3]), "3 bytes are no image of 2x2: 1 to 4 a pixel");
        assert_eq!(
            problem(Image::from_pixels(s, 2, 2, [0].into_iter())),
            "an image of 2x2 has 4 pixels, not 1"
        );
        assert_eq!(problem(Image::decode(s, b"GIF89a")), "these bytes are neither a PNG nor a QOI image");
    });
}

/// Cut short anywhere, or with any byte changed: no image or an image, never more.
#[test]
fn broken_files_are_told_from_whole_ones() {
    let data: Vec<u8> = (0..20 * 10 * 4).map(|i| (i * 7 % 256) as u8).collect();
    let whole = png(20, 10, png::ColorType::Rgba, png::BitDepth::Eight, &data);
    let mut qoi_file = vec![0; 4000];
    let length = qoi::encode_to_buf(&mut qoi_file, &data, 20, 10).unwrap();
    for file in [&whole[..], &qoi_file[..length]] {
        with_heap(|s| {
            for end in 0..file.len() {
                if let Ok(image) = Image::decode(s, &file[..end]) {
                    assert_eq!((image.width, image.height), (20, 10), "cut at {end}");
                    assert!(end + 16 > file.len(), "cut at {end}");
                }
            }
        });
        with_heap(|s| {
            for at in 0..file.len() {
                let mut changed = file.to_vec();
                changed[at] ^= 0x55;
                let _ = Image::decode(s, &changed);
            }
        });
    }
    // A header that promises more than there may be takes no memory.
    with_heap(|s| {
        let mut huge = qoi_file[..length].to_vec();
        huge[4..12].copy_from_slice(&[0, 0, 0x20, 0, 0, 0, 0x20, 0]);
        let told = problem(Image::decode(s, &huge));
        assert!(told.contains("pixels"), "{told}");
    });
}

/// The scene with an image of a size for `photo`.
fn picture<'s>(s: Scope<'s>, text: &str, (width, height): (i64, i64)) -> Node<'s> {
    let colors = (0..width * height).map(|_| 0xFF00_0000u32).collect::<Vec<_>>();
    let image = Image::from_pixels(s, width, height, colors.into_iter()).unwrap();
    let scene = with_photo(s, scene(s, text), image.value());
    layout(s, None, scene, 200, 100, &Theme::dark()).unwrap().root
}

/// A scene with another value in the place of every image.
fn with_photo<'s>(s: Scope<'s>, value: Value<'s>, photo: Value<'s>) -> Value<'s> {
    use halt_heap::Kind;
    match s.kind(value) {
        Kind::Record => photo,
        Kind::Vector => {
            let parts: Vec<_> = s.vector_iter(value).map(|part| with_photo(s, part, photo)).collect();
            s.vector(&parts).unwrap()
        }
        Kind::Map => {
            let parts: Vec<_> =
                s.map_iter(value).map(|(key, part)| (key, with_photo(s, part, photo))).collect();
            s.map(&parts).unwrap()
        }
        _ => value,
    }
}

fn found<'s>(s: Scope<'s>, node: Node<'s>, at: (i32, i32)) -> Option<(Rect, u8)> {
    let data = node.data(s);
    let rect = data.rect.translated(at.0, at.1);
    if data.kind == NodeKind::Image {
        return Some((rect, data.flags));
    }
    common::children(s, node).into_iter().find_map(|child| found(s, child, (rect.x, rect.y)))
}

#[test]
fn images_keep_their_proportions() {
    with_heap(|s| {
        let check = |text: &str, size, expected| {
            let root = picture(s, text, size);
            let (rect, _) = found(s, root, (0, 0)).unwrap_or_else(|| panic!("{}", shown(s, root)));
            assert_eq!(rect, expected, "{text}\n{}", shown(s, root));
        };
        check("[:column [:image {:source photo}]]", (40, 20), Rect::new(0, 0, 40, 20));
        check("[:row [:image {:source photo}]]", (40, 20), Rect::new(0, 40, 40, 20));
        check("[:column [:image {:source photo :width 80}]]", (40, 20), Rect::new(0, 0, 80, 40));
        check("[:column [:image {:source photo :height 10}]]", (40, 20), Rect::new(0, 0, 20, 10));
        check("[:column [:image {:source photo :width 80 :height 80}]]", (40, 20), Rect::new(0, 20, 80, 40));
        check(
            "[:column [:image {:source photo :width 80 :height 80 :fit :fill}]]",
            (40, 20),
            Rect::new(0, 0, 80, 80),
        );
        check(
            "[:column [:image {:source photo :width 80 :height 80 :fit :cover}]]",
            (40, 20),
            Rect::new(0, 0, 80, 80),
        );
        check("[:column [:image {:source photo :pad 4 :border 1}]]", (40, 20), Rect::new(5, 5, 40, 20));
        check("[:canvas [:image {:source photo :x 7 :y 9}]]", (40, 20), Rect::new(7, 9, 40, 20));
        check("[:image {:source photo}]", (40, 20), Rect::new(0, 0, 200, 100));
        let root = picture(s, "[:column [:image {:source photo :smooth? false :fit :cover}]]", (4, 4));
        assert_eq!(found(s, root, (0, 0)).unwrap().1, Flags::COVER | Flags::PIXELATED);
    });
}

#[test]
fn a_wrong_source_is_an_error_box() {
    with_heap(|s| {
        let theme = Theme::dark();
        for (source, told) in [("nil", "needs a :source"), ("5", "not 5"), ("\"x.png\"", "x.png")] {
            let scene = scene(s, &format!("[:column [:image {{:source {source}}}] [:text \"rest\"]]"));
            let text = shown(s, layout(s, None, scene, 400, 200, &theme).unwrap().root);
            assert!(text.contains(told) && text.contains("rest"), "{text}");
        }
        let bytes = s.bytes(&[0x89, b'P', b'N', b'G', 13, 10, 26, 10, 0]).unwrap();
        let styles = s.map(&[(s.keyword("source"), bytes)]).unwrap();
        let scene = s.vector(&[s.keyword("image"), styles]).unwrap();
        let text = shown(s, layout(s, None, scene, 400, 200, &theme).unwrap().root);
        assert!(text.contains("a broken PNG"), "{text}");
    });
}

/// The same bytes are decoded once, however often what is around them changes.
#[test]
fn a_file_is_decoded_once() {
    with_heap(|s| {
        let file = png(2, 1, png::ColorType::Grayscale, png::BitDepth::Eight, &[7, 200]);
        let styles = s.map(&[(s.keyword("source"), s.bytes(&file).unwrap())]).unwrap();
        let scene = |label: &str| {
            let image = s.vector(&[s.keyword("image"), styles]).unwrap();
            s.vector(&[s.keyword("column"), image, s.string(label).unwrap()]).unwrap()
        };
        let theme = Theme::dark();
        let first = layout(s, None, scene("one"), 100, 100, &theme).unwrap().root;
        let second = layout(s, Some(first), scene("two"), 100, 100, &theme).unwrap().root;
        let image = |root| common::children(s, root)[0].value();
        assert!(image(first).is_identical(image(second)));
    });
}
