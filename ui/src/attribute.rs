//! The names of styles.
//!
//! Enter at [`Attribute::of`]. A name with a question mark may be written without it.

macro_rules! attributes {
    ($($name:literal $variant:ident,)*) => {
        /// A style that a scene can set.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub(crate) enum Attribute { $($variant,)* }

        /// Every name with its style, in order of the names.
        const TABLE: &[(&str, Attribute)] = &[$(($name, Attribute::$variant),)*];
    };
}

attributes! {
    "align" Align,
    "align-self" AlignSelf,
    "anchor" Anchor,
    "bold" Bold,
    "border" Border,
    "border-color" BorderColor,
    "border-width" BorderWidth,
    "cap" Cap,
    "checked" Checked,
    "clip" Clip,
    "col-span" ColumnSpan,
    "color" Color,
    "columns" Columns,
    "cursor" Cursor,
    "d" D,
    "dash" Dash,
    "dash-offset" DashOffset,
    "disabled" Disabled,
    "drag" Drag,
    "fill" Fill,
    "fit" Fit,
    "focusable" Focusable,
    "focused" Focused,
    "font" Font,
    "font-size" FontSize,
    "from" From,
    "gap" Gap,
    "grow" Grow,
    "h" H,
    "height" Height,
    "hover" Hover,
    "id" Id,
    "invalid" Invalid,
    "join" Join,
    "justify" Justify,
    "key" Key,
    "label" Label,
    "margin" Margin,
    "max" Max,
    "max-height" MaxHeight,
    "max-width" MaxWidth,
    "min" Min,
    "min-height" MinHeight,
    "min-width" MinWidth,
    "opacity" Opacity,
    "pad" Pad,
    "placeholder" Placeholder,
    "points" Points,
    "pressed" Pressed,
    "primary" Primary,
    "r" R,
    "radius" Radius,
    "row-span" RowSpan,
    "rows" Rows,
    "rx" Rx,
    "ry" Ry,
    "scroll-x" ScrollX,
    "scroll-y" ScrollY,
    "selection" Selection,
    "shadow" Shadow,
    "shrink" Shrink,
    "smooth" Smooth,
    "source" Source,
    "step" Step,
    "stroke" Stroke,
    "stroke-width" StrokeWidth,
    "tip" Tip,
    "to" To,
    "transform" Transform,
    "underline" Underline,
    "value" Value,
    "w" W,
    "width" Width,
    "wrap" Wrap,
    "x" X,
    "x1" X1,
    "x2" X2,
    "y" Y,
    "y1" Y1,
    "y2" Y2,
}

impl Attribute {
    /// The style of a name.
    pub(crate) fn of(name: &str) -> Option<Attribute> {
        let name = name.strip_suffix('?').unwrap_or(name);
        TABLE.binary_search_by(|(known, _)| (*known).cmp(name)).ok().map(|index| TABLE[index].1)
    }

    /// All names, for the nearest one to a slip.
    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        TABLE.iter().map(|(name, _)| *name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_and_complete() {
        assert!(TABLE.windows(2).all(|pair| pair[0].0 < pair[1].0));
        for (name, attribute) in TABLE {
            assert_eq!(Attribute::of(name), Some(*attribute));
        }
        assert_eq!(Attribute::of("disabled?"), Some(Attribute::Disabled));
        assert_eq!(Attribute::of("colour"), None);
    }
}
