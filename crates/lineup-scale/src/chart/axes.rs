//! A sheet with one or more pairs of axes, and lines and bars on these.

use std::fmt::Write;

const WIDTH: f64 = 760.0;
const PANEL: f64 = 270.0;
const TOP: f64 = 46.0;
const BOTTOM: f64 = 270.0;
const BAR: f64 = 12.0;
const DASHES: &str = " stroke-dasharray=\"5 3\"";

/// A picture that is drawn.
pub(crate) struct Sheet {
    svg: String,
}

impl Sheet {
    pub(crate) fn new(height: f64) -> Self {
        let svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" font-size=\"12\">\n\
             <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#fff\"/>\n"
        );
        Self { svg }
    }

    pub(crate) fn text(&mut self, (x, y): (f64, f64), anchor: &str, colour: &str, content: &str) {
        // Writing to a string cannot fail.
        let _ = writeln!(
            self.svg,
            "<text x=\"{x:.0}\" y=\"{y:.0}\" text-anchor=\"{anchor}\" fill=\"{colour}\">{content}</text>"
        );
    }

    /// A square of the colour with its name.
    pub(crate) fn key(&mut self, x: f64, y: f64, colour: &str, name: &str) {
        let _ = writeln!(
            self.svg,
            "<rect x=\"{x:.0}\" y=\"{:.0}\" width=\"10\" height=\"10\" fill=\"{colour}\"/>",
            y - 9.0
        );
        self.text((x + 15.0, y), "start", "#444", name);
    }

    /// A piece of the line with its name.
    pub(crate) fn line_key(&mut self, x: f64, y: f64, colour: &str, name: &str, dashed: bool) {
        let dash = if dashed { DASHES } else { "" };
        let _ = writeln!(
            self.svg,
            "<line x1=\"{x:.0}\" y1=\"{y:.0}\" x2=\"{:.0}\" y2=\"{y:.0}\" stroke=\"{colour}\" stroke-width=\"2\"{dash}/>",
            x + 22.0
        );
        self.text((x + 28.0, y + 4.0), "start", "#444", name);
    }

    pub(crate) fn done(mut self) -> String {
        self.svg.push_str("</svg>\n");
        self.svg
    }

    fn grid(&mut self, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) {
        let _ = writeln!(
            self.svg,
            "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"#ddd\"/>"
        );
    }
}

/// How a figure is placed on an axis.
#[derive(Clone, Copy)]
pub(crate) struct Scale {
    from: f64,
    to: f64,
    is_log: bool,
}

impl Scale {
    pub(crate) const fn log(from: f64, to: f64) -> Self {
        Self { from, to, is_log: true }
    }

    pub(crate) const fn linear(from: f64, to: f64) -> Self {
        Self { from, to, is_log: false }
    }

    /// From 0 to 1 within the axis; what is outside is at its end.
    fn place(self, figure: f64) -> f64 {
        let of = |figure: f64| if self.is_log { figure.max(1e-9).log10() } else { figure };
        ((of(figure) - of(self.from)) / (of(self.to) - of(self.from))).clamp(0.0, 1.0)
    }
}

/// Two axes.
#[derive(Clone, Copy)]
pub(crate) struct Axes {
    pub(crate) left: f64,
    pub(crate) width: f64,
    pub(crate) bottom: f64,
    pub(crate) x: Scale,
    pub(crate) y: Scale,
}

impl Axes {
    pub(crate) fn new(left: f64, x: Scale, y: Scale) -> Self {
        Self { left, width: PANEL, bottom: BOTTOM, x, y }
    }

    fn at(&self, (x, y): (f64, f64)) -> (f64, f64) {
        (self.left + self.x.place(x) * self.width, self.bottom - self.y.place(y) * (self.bottom - TOP))
    }

    /// The title, and a grid with names.
    pub(crate) fn draw(
        &self,
        sheet: &mut Sheet,
        title: &str,
        across: &[(f64, String)],
        up: &[(f64, String)],
    ) {
        sheet.text((self.left + self.width / 2.0, TOP - 26.0), "middle", "#000", title);
        for (figure, name) in across {
            let (x, _) = self.at((*figure, self.y.from));
            sheet.grid((x, TOP), (x, self.bottom));
            sheet.text((x, self.bottom + 18.0), "middle", "#444", name);
        }
        for (figure, name) in up {
            let (_, y) = self.at((self.x.from, *figure));
            sheet.grid((self.left, y), (self.left + self.width, y));
            sheet.text((self.left - 6.0, y + 4.0), "end", "#444", name);
        }
    }

    pub(crate) fn line(
        &self,
        sheet: &mut Sheet,
        points: &[(f64, f64)],
        colour: &str,
        width: f64,
        dashed: bool,
    ) {
        let place = |point: &(f64, f64)| {
            let (x, y) = self.at(*point);
            format!("{x:.1},{y:.1}")
        };
        let points: Vec<String> = points.iter().map(place).collect();
        let dash = if dashed { DASHES } else { "" };
        let _ = writeln!(
            sheet.svg,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\"{dash}/>",
            points.join(" ")
        );
    }

    /// A bar from the left, with its figure behind it.
    pub(crate) fn bar(&self, sheet: &mut Sheet, y: f64, figure: f64, colour: &str, name: &str) {
        let width = self.x.place(figure) * self.width;
        let _ = writeln!(
            sheet.svg,
            "<rect x=\"{:.0}\" y=\"{y:.0}\" width=\"{width:.1}\" height=\"{BAR}\" fill=\"{colour}\"/>",
            self.left
        );
        sheet.text((self.left + width + 5.0, y + 10.0), "start", colour, name);
    }
}
