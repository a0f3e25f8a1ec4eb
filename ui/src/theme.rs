//! The colours that scenes name by their use, and the three themes.
//!
//! Enter at [`Theme::dark`], [`Theme::light`] and [`Theme::high_contrast`]. Colours are 0xAARRGGBB.

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

/// How many colours a theme has.
pub const THEME_COLORS: usize = 18;

/// Names of theme colours, in the order of [`Theme::colors`], and plain colours that a scene may use.
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
            muted: 0xFF5C_647C,
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

    /// White on black, with borders that are seen and yellow for what is chosen.
    pub const fn high_contrast() -> Theme {
        Theme {
            background: 0xFF00_0000,
            background_end: 0xFF00_0000,
            surface: 0xFF00_0000,
            panel: 0xFF14_1414,
            field: 0xFF00_0000,
            text: 0xFFFF_FFFF,
            muted: 0xFFD6_D6D6,
            border: 0xFFFF_FFFF,
            accent: 0xFFFF_DD00,
            accent_end: 0xFFFF_DD00,
            accent_text: 0xFF00_0000,
            button: 0xFF20_2020,
            button_end: 0xFF20_2020,
            selection: 0xFF00_4FB8,
            shadow: 0x0000_0000,
            danger: 0xFFFF_7A7A,
            success: 0xFF4D_FF9A,
            warning: 0xFFFF_B84D,
        }
    }

    /// The theme of a name: `dark`, `light` or `high-contrast`.
    pub fn named(name: &str) -> Option<Theme> {
        Some(match name {
            "dark" => Theme::dark(),
            "light" => Theme::light(),
            "high-contrast" => Theme::high_contrast(),
            _ => return None,
        })
    }

    /// The colours in the order of their fields, for keeping a theme in a value.
    pub const fn colors(&self) -> [u32; THEME_COLORS] {
        [
            self.background,
            self.background_end,
            self.surface,
            self.panel,
            self.field,
            self.text,
            self.muted,
            self.border,
            self.accent,
            self.accent_end,
            self.accent_text,
            self.button,
            self.button_end,
            self.selection,
            self.shadow,
            self.danger,
            self.success,
            self.warning,
        ]
    }

    /// The theme with these colours, in the order of [`Theme::colors`].
    pub const fn of_colors(colors: [u32; THEME_COLORS]) -> Theme {
        let [background, background_end, surface, panel, field, text, muted, border, accent, rest @ ..] =
            colors;
        let [accent_end, accent_text, button, button_end, selection, shadow, danger, success, warning] = rest;
        Theme {
            background,
            background_end,
            surface,
            panel,
            field,
            text,
            muted,
            border,
            accent,
            accent_end,
            accent_text,
            button,
            button_end,
            selection,
            shadow,
            danger,
            success,
            warning,
        }
    }

    /// The theme with another colour for a name of its own; nothing for a name that it has not.
    pub fn with_color(&self, name: &str, color: u32) -> Option<Theme> {
        let place = COLOR_NAMES[..THEME_COLORS].iter().position(|known| *known == name)?;
        let mut colors = self.colors();
        colors[place] = color;
        Some(Theme::of_colors(colors))
    }

    /// Whether text is darker than what it is written on.
    pub fn is_light(&self) -> bool {
        let light = |color: u32| (color >> 16 & 255) * 3 + (color >> 8 & 255) * 6 + (color & 255);
        light(self.text) < light(self.surface)
    }

    /// Whether borders are as strong as text. Then a shade tells nothing: what is a field has an edge, and what is disabled
    /// is dimmed in its text and its edge.
    pub(crate) fn is_stark(&self) -> bool {
        self.border == self.text
    }

    /// The text of what is disabled, and what else of it has a colour.
    pub(crate) fn disabled(&self) -> u32 {
        if self.is_stark() { mix(self.muted, self.surface, 100) } else { self.muted }
    }

    /// The edge of what is disabled, which has another one when it is not.
    pub(crate) fn disabled_edge(&self, live: u32) -> u32 {
        if self.is_stark() { mix(self.disabled(), self.surface, 90) } else { live }
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
        self.colors()
            .iter()
            .fold(0x811C_9DC5, |hash, color| (hash ^ color).wrapping_mul(0x0100_0193).rotate_left(5))
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
    extern crate std;
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
    fn a_theme_is_its_colours() {
        for (name, light) in [("dark", false), ("light", true), ("high-contrast", false)] {
            let theme = Theme::named(name).unwrap();
            assert_eq!(Theme::of_colors(theme.colors()), theme);
            assert_eq!(theme.is_light(), light, "{name}");
            for (place, color) in theme.colors().into_iter().enumerate() {
                assert_eq!(theme.color(COLOR_NAMES[place]), Some(color));
                let other = theme.with_color(COLOR_NAMES[place], 0xFF12_3456).unwrap();
                assert_eq!(other.color(COLOR_NAMES[place]), Some(0xFF12_3456));
                let differ = other.colors().iter().zip(theme.colors()).filter(|(a, b)| **a != *b).count();
                assert_eq!(differ, 1);
            }
        }
        assert_eq!(Theme::dark().with_color("white", 0), None);
        assert_eq!(Theme::named("pale"), None);
    }

    /// Contrast of two colours as WCAG 2.1 has it: 1 to 21.
    fn contrast(a: u32, b: u32) -> f64 {
        let channel = |c: u32| {
            let c = f64::from(c & 255) / 255.0;
            // Close to the exponent 2.4 above a linear foot; good to 2%.
            if c <= 0.04 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        let light = |c: u32| 0.2126 * channel(c >> 16) + 0.7152 * channel(c >> 8) + 0.0722 * channel(c);
        let (a, b) = (light(a), light(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_can_be_read_in_every_theme() {
        for (name, text, muted) in [("dark", 7.0, 4.5), ("light", 7.0, 4.5), ("high-contrast", 15.0, 10.0)] {
            let theme = Theme::named(name).unwrap();
            for ground in [theme.surface, theme.panel, theme.field] {
                assert!(contrast(theme.text, ground) >= text, "{name}: text on {ground:x}");
                let found = contrast(theme.muted, ground);
                assert!(found >= muted, "{name}: muted on {ground:x}: {found:.2}");
                for color in [theme.danger, theme.success, theme.warning] {
                    let found = contrast(color, ground);
                    assert!(found >= 3.0, "{name}: {color:x} on {ground:x}: {found:.2}");
                }
            }
            for ground in [theme.button, theme.button_end, theme.selection] {
                assert!(contrast(theme.text, ground) >= 4.5, "{name}: text on {ground:x}");
            }
            // What is disabled can still be read, and is no muted text in a theme without shades.
            assert!(contrast(theme.disabled(), theme.surface) >= 4.5, "{name}: disabled");
            assert_eq!(theme.is_stark(), contrast(theme.disabled(), theme.muted) >= 2.0, "{name}: disabled");
            let found = contrast(theme.accent_text, theme.accent);
            assert!(found >= 3.0, "{name}: text on the accent: {found:.2}");
        }
    }

    #[test]
    fn colours_mix_and_fade() {
        assert_eq!(mix(0xFF00_0000, 0xFFFF_FFFF, 255), 0xFFFF_FFFF);
        assert_eq!(mix(0x8010_2030, 0xFFFF_FFFF, 0), 0x8010_2030);
        assert_eq!(faded(0xFF01_0203, 0), 0x0001_0203);
    }
}
