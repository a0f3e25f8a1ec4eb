//! The tags of scene nodes.

/// What a scene node is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Tag {
    Row,
    Column,
    Stack,
    Grid,
    Box,
    Scroll,
    Button,
    Canvas,
    Spacer,
    Text,
    RichText,
    Input,
    TextArea,
    Checkbox,
    Progress,
    Slider,
    Surface,
    Image,
    Rect,
    Circle,
    Ellipse,
    Line,
    Path,
    Polygon,
    Polyline,
    Arc,
    /// What is wrong, told by the scene itself.
    Error,
}

const TABLE: [(&str, Tag); 27] = [
    ("row", Tag::Row),
    ("column", Tag::Column),
    ("stack", Tag::Stack),
    ("grid", Tag::Grid),
    ("box", Tag::Box),
    ("scroll", Tag::Scroll),
    ("button", Tag::Button),
    ("canvas", Tag::Canvas),
    ("spacer", Tag::Spacer),
    ("text", Tag::Text),
    ("rich-text", Tag::RichText),
    ("input", Tag::Input),
    ("text-area", Tag::TextArea),
    ("checkbox", Tag::Checkbox),
    ("progress", Tag::Progress),
    ("slider", Tag::Slider),
    ("surface", Tag::Surface),
    ("image", Tag::Image),
    ("rect", Tag::Rect),
    ("circle", Tag::Circle),
    ("ellipse", Tag::Ellipse),
    ("line", Tag::Line),
    ("path", Tag::Path),
    ("polygon", Tag::Polygon),
    ("polyline", Tag::Polyline),
    ("arc", Tag::Arc),
    ("error", Tag::Error),
];

/// Returns the names of all tags that a scene may use.
pub fn tag_names() -> impl Iterator<Item = &'static str> {
    Tag::names()
}

impl Tag {
    /// The tag of a name.
    pub(crate) fn of(name: &str) -> Option<Tag> {
        TABLE.iter().find(|(known, _)| *known == name).map(|(_, tag)| *tag)
    }

    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        TABLE.iter().find(|(_, tag)| *tag == self).map_or("?", |(name, _)| name)
    }

    /// All names.
    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        TABLE.iter().map(|(name, _)| *name)
    }

    /// Whether its children are items of their own.
    pub(crate) fn has_items(self) -> bool {
        matches!(self, Tag::Row | Tag::Column | Tag::Stack | Tag::Grid | Tag::Box | Tag::Scroll | Tag::Button)
    }

    /// Whether the flexbox algorithm lays out its children.
    pub(crate) fn is_flex(self) -> bool {
        matches!(self, Tag::Row | Tag::Column | Tag::Box | Tag::Button)
    }

    /// Whether it belongs inside a canvas only.
    pub(crate) fn is_shape(self) -> bool {
        matches!(self, Tag::Rect | Tag::Circle | Tag::Ellipse | Tag::Line) || self.is_path()
    }

    /// Whether it is painted from an outline.
    pub(crate) fn is_path(self) -> bool {
        matches!(self, Tag::Path | Tag::Polygon | Tag::Polyline | Tag::Arc)
    }

    /// Whether it is painted from its own scene alone, as a box of parts.
    pub(crate) fn is_control(self) -> bool {
        matches!(
            self,
            Tag::Input | Tag::TextArea | Tag::Checkbox | Tag::Progress | Tag::Slider | Tag::RichText
        )
    }
}
