//! Pictures of a screen: taken from QEMU, compared, kept as PNG files.
//!
//! Enter at [`Picture`].

use crate::error::{Error, Result, naming};
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

/// Pixels as red, green and blue, row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    width: u32,
    height: u32,
    pixels: Vec<[u8; 3]>,
}

/// A rectangle of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Area {
    /// The left edge.
    pub x: u32,
    /// The top edge.
    pub y: u32,
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
}

impl Picture {
    /// A picture of one colour.
    pub fn filled(width: u32, height: u32, colour: [u8; 3]) -> Self {
        Self { width, height, pixels: vec![colour; width as usize * height as usize] }
    }

    /// Takes pixels that are 0xFFRRGGBB each, row by row; there are `width * height`.
    pub fn from_words(width: u32, height: u32, words: &[u32]) -> Self {
        let pixels = words.iter().map(|word| [(word >> 16) as u8, (word >> 8) as u8, *word as u8]).collect();
        Self { width, height, pixels }
    }

    /// Reads a binary PPM file, as QEMU's screen dumps are.
    pub fn from_ppm(bytes: &[u8]) -> Result<Self> {
        let broken = || Error::failed("QEMU's screen dump is not a binary PPM file");
        let mut rest = bytes;
        let mut word = || {
            let end = rest.iter().position(u8::is_ascii_whitespace)?;
            let (word, tail) = rest.split_at(end);
            rest = &tail[1..];
            std::str::from_utf8(word).ok()
        };
        let header = (word(), word(), word(), word());
        let (Some("P6"), Some(width), Some(height), Some("255")) = header else { return Err(broken()) };
        let (width, height): (u32, u32) =
            (width.parse().map_err(|_| broken())?, height.parse().map_err(|_| broken())?);
        let (pixels, left) = rest.as_chunks::<3>();
        if !left.is_empty() || pixels.len() as u64 != u64::from(width) * u64::from(height) {
            return Err(broken());
        }
        Ok(Self { width, height, pixels: pixels.to_vec() })
    }

    /// Reads a PNG file of 8-bit RGB, as [`write_png`](Self::write_png) makes them.
    pub fn read_png(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(naming(path.display()))?;
        let mut reader =
            png::Decoder::new(std::io::BufReader::new(file)).read_info().map_err(naming(path.display()))?;
        let mut bytes = vec![0; reader.output_buffer_size().unwrap_or(0)];
        let info = reader.next_frame(&mut bytes).map_err(naming(path.display()))?;
        if (info.color_type, info.bit_depth) != (png::ColorType::Rgb, png::BitDepth::Eight) {
            return Err(Error::failed(format!("{}: not 8-bit RGB", path.display())));
        }
        let (pixels, _) = bytes[..info.buffer_size()].as_chunks::<3>();
        Ok(Self { width: info.width, height: info.height, pixels: pixels.to_vec() })
    }

    /// Writes a PNG file.
    pub fn write_png(&self, path: &Path) -> Result<()> {
        let file = File::create(path).map_err(naming(path.display()))?;
        let mut encoder = png::Encoder::new(BufWriter::new(file), self.width, self.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header().map_err(naming(path.display()))?;
        writer.write_image_data(self.pixels.as_flattened()).map_err(naming(path.display()))?;
        writer.finish().map_err(naming(path.display()))
    }

    /// The pixels as red, green and blue bytes, row by row.
    pub fn bytes(&self) -> &[u8] {
        self.pixels.as_flattened()
    }

    /// Pixels from left to right.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Pixels from top to bottom.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// The colour at a place; `None` outside.
    pub fn pixel(&self, x: u32, y: u32) -> Option<[u8; 3]> {
        let is_inside = x < self.width && y < self.height;
        is_inside.then(|| self.pixels[y as usize * self.width as usize + x as usize])
    }

    /// Returns the part of a picture inside an area.
    pub fn crop(&self, area: Area) -> Self {
        let (right, bottom) =
            ((area.x + area.width).min(self.width), (area.y + area.height).min(self.height));
        let (x, y) = (area.x.min(right), area.y.min(bottom));
        let row = |y: u32| {
            let start = y as usize * self.width as usize;
            &self.pixels[start + x as usize..start + right as usize]
        };
        Self { width: right - x, height: bottom - y, pixels: (y..bottom).flat_map(row).copied().collect() }
    }

    /// Returns the smallest area that holds every pixel in which two pictures differ; `None` when they are equal.
    /// Pictures of different sizes differ everywhere.
    pub fn difference(&self, other: &Self) -> Option<Area> {
        if (self.width, self.height) != (other.width, other.height) {
            return Some(Area { x: 0, y: 0, width: self.width, height: self.height });
        }
        let width = self.width.max(1) as usize;
        let pairs = self.pixels.iter().zip(&other.pixels).enumerate();
        let places =
            pairs.filter(|(_, (a, b))| a != b).map(|(at, _)| ((at % width) as u32, (at / width) as u32));
        let bounds = places.fold(None, |bounds: Option<(u32, u32, u32, u32)>, (x, y)| {
            let (left, top, right, bottom) = bounds.unwrap_or((x, y, x, y));
            Some((left.min(x), top.min(y), right.max(x), bottom.max(y)))
        });
        bounds.map(|(left, top, right, bottom)| Area {
            x: left,
            y: top,
            width: right - left + 1,
            height: bottom - top + 1,
        })
    }

    /// How many pixels have this colour.
    pub fn count(&self, colour: [u8; 3]) -> usize {
        self.pixels.iter().filter(|pixel| **pixel == colour).count()
    }

    /// How many different colours there are.
    pub fn colours(&self) -> usize {
        self.pixels.iter().collect::<std::collections::HashSet<_>>().len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ppm_is_read_and_checked() {
        let picture = Picture::from_ppm(b"P6\n2 1\n255\nabcdef").unwrap();
        assert_eq!((picture.width(), picture.height()), (2, 1));
        assert_eq!(picture.pixel(1, 0), Some(*b"def"));
        assert_eq!(picture.pixel(2, 0), None);
        for broken in
            [&b""[..], b"P6", b"P6\n2 1\n255\nabc", b"P6\n4294967295 4294967295\n255\n", b"P5\n1 1\n255\na"]
        {
            assert!(Picture::from_ppm(broken).is_err());
        }
    }

    #[test]
    fn png_files_keep_every_pixel() {
        let path = std::env::temp_dir().join(format!("halt-picture-{}.png", std::process::id()));
        let mut picture = Picture::filled(7, 5, [1, 2, 3]);
        picture.pixels[9] = [200, 100, 0];
        picture.write_png(&path).unwrap();
        assert_eq!(Picture::read_png(&path).unwrap(), picture);
        std::fs::write(&path, b"not a picture").unwrap();
        assert!(Picture::read_png(&path).is_err());
        std::fs::remove_file(&path).unwrap();
    }

    #[test]
    fn differences_have_bounds() {
        let old = Picture::filled(10, 8, [0; 3]);
        let mut new = old.clone();
        assert_eq!(old.difference(&new), None);
        new.pixels[23] = [1; 3];
        new.pixels[41] = [1; 3];
        assert_eq!(old.difference(&new), Some(Area { x: 1, y: 2, width: 3, height: 3 }));
        assert_eq!(new.count([1; 3]), 2);
        let part = new.crop(Area { x: 3, y: 2, width: 100, height: 2 });
        assert_eq!((part.width(), part.height(), part.pixel(0, 0)), (7, 2, Some([1; 3])));
        assert!(old.difference(&part).is_some());
    }
}
