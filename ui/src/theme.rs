//! The colours that scenes name by their use, and the two themes.
//!
//! Enter at [`Theme::dark`] and [`Theme::light`]. Colours are 0xAARRGGBB.

/// Colours by use. A scene names them by keyword: `:accent`, `:muted`, ...
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Theme {
    /// Behind everything: the wallpaper's top.
    pub background: u32,
    /// The wallpaper's bottom.
    pub background_end: u32,
    /// Window bodies.
    pub surface: u32,
    /// Panels and title bars, a step off the surface.
    pub panel: u32,
    /// Sunken parts: input fields, tracks.
    pub field: u32,
    /// Text.
    pub text: u32,
    /// Less important text.
    pub muted: u32,
    /// Borders and separators.
    pub border: u32,
    /// What is active, chosen or focused.
    pub accent: u32,
    /// The accent's lower end in gradients.
    pub accent_end: u32,
    /// Text on the accent.
    pub accent_text: u32,
    /// Top of a button.
    pub button: u32,
    /// Bottom of a button.
    pub button_end: u32,
    /// Behind selected text.
    pub selection: u32,
    /// Shadows.
    pub shadow: u32,
    /// Errors.
    pub danger: u32,
    /// What went well.
    pub success: u32,
    /// What needs care.
    pub warning: u32,
}

/// Names of theme colours and plain colours that a scene may use.
pub(crate) const COLOR_NAMES: [&str; 31] = [
    "background",
    "background-end",
    "surface",
    "panel",
    "field",
    "text",
    "muted",
    "border",
    "accent",
    "accent-end",
    "accent-text",
    "button",
    "button-end",
    "selection",
    "shadow",
    "danger",
    "success",
    "warning",
    "white",
    "black",
    "red",
    "green",
    "blue",
    "yellow",
    "orange",
    "purple",
    "pink",
    "cyan",
    "gray",
    "transparent",
    "none",
];

impl Theme {
    /// Light text on dark surfaces.
    pub const fn dark() -> Theme {
        Theme {
            background: 0xFF1B_2A4A,
            background_end: 0xFF3A_2352,
            surface: 0xFF1E_2230,
            panel: 0xFF28_2D3E,
            field: 0xFF15_1823,
            text: 0xFFE8_EAF2,
            muted: 0xFF96_9DB4,
            border: 0xFF3C_4358,
            accent: 0xFF5B_8CFF,
            accent_end: 0xFF3F_6BE0,
            accent_text: 0xFFFF_FFFF,
            button: 0xFF3D_4459,
            button_end: 0xFF31_374A,
            selection: 0xFF2F_4E8F,
            shadow: 0x8000_0000,
            danger: 0xFFF0_5B6B,
            success: 0xFF4C_C38A,
            warning: 0xFFE8_B04A,
        }
    }

    /// Dark text on light surfaces.
    pub const fn light() -> Theme {
        Theme {
            background: 0xFF9D_C3F0,
            background_end: 0xFFC9_B6E8,
            surface: 0xFFFA_FBFD,
            panel: 0xFFEC_EEF4,
            field: 0xFFFF_FFFF,
            text: 0xFF1C_2030,
            muted: 0xFF68_7088,
            border: 0xFFCD_D2DE,
            accent: 0xFF3B_73F0,
            accent_end: 0xFF2C_5BD0,
            accent_text: 0xFFFF_FFFF,
            button: 0xFFFF_FFFF,
            button_end: 0xFFEE_F0F5,
            selection: 0xFFB9_D0FC,
            shadow: 0x4010_1830,
            danger: 0xFFD0_3548,
            success: 0xFF1F_8F5F,
            warning: 0xFFB5_7A10,
        }
    }

    /// The colour of a name in [`COLOR_NAMES`].
    pub fn color(&self, name: &str) -> Option<u32> {
        Some(match name {
            "background" => self.background,
            "background-end" => self.background_end,
            "surface" => self.surface,
            "panel" => self.panel,
            "field" => self.field,
            "text" => self.text,
            "muted" => self.muted,
            "border" => self.border,
            "accent" => self.accent,
            "accent-end" => self.accent_end,
            "accent-text" => self.accent_text,
            "button" => self.button,
            "button-end" => self.button_end,
            "selection" => self.selection,
            "shadow" => self.shadow,
            "danger" => self.danger,
            "success" => self.success,
            "warning" => self.warning,
            "white" => 0xFFFF_FFFF,
            "black" => 0xFF00_0000,
            "red" => 0xFFE5_484D,
            "green" => 0xFF30_A46C,
            "blue" => 0xFF3E_82F7,
            "yellow" => 0xFFF5_D90A,
            "orange" => 0xFFF7_6B15,
            "purple" => 0xFF8E_4EC6,
            "pink" => 0xFFD6_409F,
            "cyan" => 0xFF05_A2C2,
            "gray" => 0xFF88_8D98,
            "transparent" | "none" => 0,
            _ => return None,
        })
    }

    /// A number that differs, in all likelihood, between two themes: a picture is only reused under its own.
    pub(crate) fn fingerprint(&self) -> u32 {
        COLOR_NAMES[..18].iter().fold(0x811C_9DC5, |hash, name| {
            (hash ^ self.color(name).unwrap_or(0)).wrapping_mul(0x0100_0193).rotate_left(5)
        })
    }
}

impl Default for Theme {
    fn default() -> Theme {
        Theme::dark()
    }
}

/// One colour moved towards another by `amount` of 255; alpha stays that of `from`.
pub(crate) fn mix(from: u32, to: u32, amount: u32) -> u32 {
    let channel = |shift: u32| {
        let (a, b) = (from >> shift & 255, to >> shift & 255);
        ((a * (255 - amount) + b * amount) / 255) << shift
    };
    from & 0xFF00_0000 | channel(16) | channel(8) | channel(0)
}

/// The colour with its alpha scaled by `opacity` of 255.
pub(crate) fn faded(color: u32, opacity: u32) -> u32 {
    color & 0x00FF_FFFF | ((color >> 24) * opacity / 255) << 24
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_a_colour() {
        for name in COLOR_NAMES {
            assert!(Theme::dark().color(name).is_some(), "{name}");
        }
        assert_eq!(Theme::dark().color("grey-ish"), None);
        assert_ne!(Theme::dark().fingerprint(), Theme::light().fingerprint());
    }

    #[test]
    fn colours_mix_and_fade() {
        assert_eq!(mix(0xFF00_0000, 0xFFFF_FFFF, 255), 0xFFFF_FFFF);
        assert_eq!(mix(0x8010_2030, 0xFFFF_FFFF, 0), 0x8010_2030);
        assert_eq!(faded(0xFF01_0203, 0), 0x0001_0203);
    }
}
