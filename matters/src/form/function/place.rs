//! Places on the earth. A point is `latitude longitude altitude accuracy`, a line or an outline is points between `;`.

use super::{Arguments, MANY, functions};

functions! {
    "area" 1..=1 => Values |a| points(a).map_or(f64::NAN, |points| area(&points)).into();
    "enclosed-area" 1..=1 => Values |a| points(a).map_or(f64::NAN, |points| area(&points)).into();
    "distance" 1..=MANY => Values |a| points(a).map_or(f64::NAN, |points| points.windows(2).map(between).sum()).into();
    "geofence" 2..=2 => Values |a| fenced(a).unwrap_or(false).into();
    "intersects" 1..=1 => Values |a| points(a).is_some_and(|points| crosses_itself(&points)).into();
}

/// Radius of the earth in metres, as ODK takes it for both areas and distances.
const RADIUS: f64 = 6_378_100.0;

/// Latitude and longitude in degrees.
type Point = (f64, f64);

fn point(text: &str) -> Option<Point> {
    let mut numbers = text.split_whitespace().map(|part| part.parse::<f64>().ok());
    let (latitude, longitude) = (numbers.next()??, numbers.next()??);
    (latitude.abs() <= 90.0 && longitude.abs() <= 180.0).then_some((latitude, longitude))
}

fn trace(text: &str) -> Option<Vec<Point>> {
    text.split(';')
        .filter(|part| !part.trim().is_empty())
        .map(point)
        .collect()
}

/// All points of all arguments.
fn points(a: &Arguments<'_>) -> Option<Vec<Point>> {
    let mut all = Vec::new();
    for value in a.each_from(0) {
        all.extend(trace(&value.text())?);
    }
    Some(all)
}

/// Metres along a great circle.
fn between(pair: &[Point]) -> f64 {
    let [one, other] = pair else { return 0.0 };
    let (a, b) = (one.0.to_radians(), other.0.to_radians());
    let (north, east) = ((b - a) / 2.0, (other.1 - one.1).to_radians() / 2.0);
    let half = north.sin().powi(2) + a.cos() * b.cos() * east.sin().powi(2);
    2.0 * RADIUS * half.sqrt().min(1.0).asin()
}

/// Square metres within an outline on a sphere, by the triangles between its edges and the pole.
fn area(points: &[Point]) -> f64 {
    let Some(last) = points.last().filter(|_| points.len() >= 3) else {
        return 0.0;
    };
    let polar = |point: &Point| (((90.0 - point.0).to_radians() / 2.0).tan(), point.1.to_radians());
    let mut sum = 0.0;
    let mut before = polar(last);
    for point in points {
        let here = polar(point);
        let turn = here.1 - before.1;
        let product = here.0 * before.0;
        sum += 2.0 * (product * turn.sin()).atan2(1.0 + product * turn.cos());
        before = here;
    }
    (sum * RADIUS * RADIUS).abs()
}

fn fenced(a: &Arguments<'_>) -> Option<bool> {
    let place = point(&a.text(0))?;
    let outline = trace(&a.text(1))?;
    let edges = outline.iter().zip(outline.iter().cycle().skip(1));
    let crossed = edges
        .filter(|((a, b), (c, d))| (*a > place.0) != (*c > place.0) && place.1 < (d - b) * (place.0 - a) / (c - a) + b);
    Some(crossed.count() % 2 == 1)
}

fn crosses_itself(points: &[Point]) -> bool {
    let edges: Vec<&[Point]> = points.windows(2).collect();
    let turn = |a: Point, b: Point, c: Point| (b.0 - a.0) * (c.1 - a.1) - (b.1 - a.1) * (c.0 - a.0);
    let cross = |one: &[Point], other: &[Point]| match (one, other) {
        ([a, b], [c, d]) => turn(*a, *b, *c) * turn(*a, *b, *d) < 0.0 && turn(*c, *d, *a) * turn(*c, *d, *b) < 0.0,
        _ => false,
    };
    edges
        .iter()
        .enumerate()
        .any(|(place, one)| edges.iter().skip(place + 2).any(|other| cross(one, other)))
}
