//! Images as values: made of colours, or decoded.

use super::{Answer, error, int_arg, wrong_argument};
use alloc::format;
use alloc::vec::Vec;
use halt_heap::Value;
use halt_lisp::{Call, Native, Signal, seq};
use halt_ui::{Image, ImageError};

pub(crate) const NATIVES: &[Native] = &[
    Native {
        name: "image",
        arity: (3, Some(4)),
        doc: "Returns the image of a width, a height and its pixels, row by row: colours 0xRRGGBB or 0xAARRGGBB, or numbers of colours in a palette, (image width height pixels palette). Of bytes: one a pixel for grey, three for red, green and blue, four with alpha.",
        function: image,
    },
    Native {
        name: "decode-image",
        arity: (1, Some(1)),
        doc: "Returns the image in a PNG or QOI file, given as bytes or as numbers from 0 to 255.",
        function: decode_image,
    },
    Native {
        name: "image?",
        arity: (1, Some(1)),
        doc: "Returns true if x is an image.",
        function: |call| Ok(Value::bool(Image::of(call.s, call.args[0]).is_some())),
    },
    Native {
        name: "image-size",
        arity: (1, Some(1)),
        doc: "Returns [width height] of an image.",
        function: image_size,
    },
    Native {
        name: "image-pixel",
        arity: (3, Some(3)),
        doc: "Returns the colour 0xAARRGGBB, premultiplied, of an image at x, y; nil outside.",
        function: image_pixel,
    },
];

fn answer<'s>(call: &Call<'_, 's>, made: Result<Image<'s>, ImageError>) -> Answer<'s> {
    match made {
        Ok(image) => Ok(image.value()),
        Err(ImageError::Source(problem)) => Err(error(call.s, "image", &problem)),
        Err(ImageError::Memory) => Err(Signal::OutOfMemory),
    }
}

/// The numbers of a collection, which `convert` takes for what they mean.
fn numbers<'s, T>(
    call: &Call<'_, 's>,
    what: &str,
    index: usize,
    wanted: &str,
    convert: impl Fn(i64) -> Option<T>,
) -> Result<Vec<T>, Signal<'s>> {
    let s = call.s;
    let mut all = Vec::new();
    let mut wrong = None;
    seq::for_each(s, call.args[index], |value| {
        match s.as_int(value).and_then(&convert) {
            Some(number) => all.push(number),
            None => wrong = Some(value),
        }
        Ok(wrong.is_none())
    })?;
    match wrong {
        None => Ok(all),
        Some(value) => {
            let printed = halt_lisp::print(s, value, true);
            let printed: alloc::string::String = printed.chars().take(60).collect();
            let problem = format!("{what}: argument {} holds {printed}, which is {wanted}", index + 1);
            Err(error(s, "wrong-argument", &problem))
        }
    }
}

fn color(number: i64) -> Option<u32> {
    match number {
        0..=0xFF_FFFF => Some(0xFF00_0000 | number as u32),
        0x100_0000..=0xFFFF_FFFF => Some(number as u32),
        _ => None,
    }
}

fn image<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let s = call.s;
    let (width, height) = (int_arg(call, "image", 0)?, int_arg(call, "image", 1)?);
    let bytes = s.as_bytes(call.args[2]);
    if call.args.len() == 4 {
        let palette = numbers(call, "image", 3, "no colour", color)?;
        let wanted = "no number of a colour in the palette";
        let find = |index: i64| palette.get(usize::try_from(index).ok()?).copied();
        let colors = match bytes {
            None => numbers(call, "image", 2, wanted, find)?,
            Some(bytes) => {
                let found: Option<_> = bytes.iter().map(|index| find(*index as i64)).collect();
                found.ok_or_else(|| error(s, "image", "image: the bytes go beyond the palette"))?
            }
        };
        return answer(call, Image::from_pixels(s, width, height, colors.into_iter()));
    }
    if let Some(bytes) = bytes {
        return answer(call, Image::from_bytes(s, width, height, bytes));
    }
    let colors = numbers(call, "image", 2, "no colour", color)?;
    answer(call, Image::from_pixels(s, width, height, colors.into_iter()))
}

fn decode_image<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let s = call.s;
    if let Some(bytes) = s.as_bytes(call.args[0]) {
        return answer(call, Image::decode(s, bytes));
    }
    // The bytes of an array may be signed.
    let byte = |n: i64| (-128..256).contains(&n).then_some(n as u8);
    let bytes = numbers(call, "decode-image", 0, "no byte", byte)?;
    answer(call, Image::decode(s, &bytes))
}

fn image_arg<'s>(call: &Call<'_, 's>, what: &str) -> Result<Image<'s>, Signal<'s>> {
    Image::of(call.s, call.args[0]).ok_or_else(|| wrong_argument(call, what, 0, "an image"))
}

fn image_size<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let (s, image) = (call.s, image_arg(call, "image-size")?);
    Ok(s.vector(&[s.int(image.width as i64)?, s.int(image.height as i64)?])?)
}

fn image_pixel<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let image = image_arg(call, "image-pixel")?;
    let (x, y) = (int_arg(call, "image-pixel", 1)?, int_arg(call, "image-pixel", 2)?);
    let within = |at: i64, size: usize| usize::try_from(at).ok().filter(|at| *at < size);
    match (within(x, image.width), within(y, image.height)) {
        (Some(x), Some(y)) => Ok(call.s.int(Image::pixel_of(image.row(y), x) as i64)?),
        _ => Ok(Value::NIL),
    }
}
