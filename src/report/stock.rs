//! The images of a course, and which of its lessons can run.

use serde_json::{Value, json};

use super::table;
use crate::course::{Course, Lesson};
use crate::images::Stock;
use crate::render::{Glyphs, Style};
use crate::text::size;

/// Two tables: the images, and the lessons that need no others.
pub fn text(course: &Course, stocks: &[Stock], style: &Style) -> String {
    let lessons = lessons(course, stocks);
    let rows: Vec<Vec<String>> = stocks
        .iter()
        .map(|stock| row(course, stock, style.glyphs))
        .collect();
    let headers = ["image", "on the engine", "from", "size", "lessons"];
    let images = table(&headers, &rows, style);
    let rows: Vec<Vec<String>> = lessons
        .iter()
        .map(|lesson| {
            vec![
                lesson.id.clone(),
                runs(&missing(lesson, stocks), style.glyphs),
            ]
        })
        .collect();
    if rows.is_empty() {
        return images;
    }
    images + "\n" + &table(&["lesson", "can run now"], &rows, style)
}

fn row(course: &Course, stock: &Stock, glyphs: Glyphs) -> Vec<String> {
    let no = glyphs.either("– no", "no");
    let (present, from, bytes) = match &stock.there {
        Some(there) => {
            let stand_in = if there.stand_in { ", stand-in" } else { "" };
            (
                glyphs.either("✓ yes", "yes").to_owned(),
                format!("{}{stand_in}", there.source),
                size(there.size),
            )
        }
        None if stock.is_at_hand() => (
            format!("{no} ({})", stock.reach),
            String::new(),
            String::new(),
        ),
        None => (no.to_owned(), String::new(), String::new()),
    };
    vec![
        stock.name.clone(),
        present,
        from,
        bytes,
        in_short(&needed_by(course, &stock.name)),
    ]
}

/// Names as far as a line of a table has room for them; the same for programs has all.
fn in_short(names: &[&str]) -> String {
    match names {
        [] | [_] | [_, _] => names.join(", "),
        [first, rest @ ..] => format!("{first} and {} more", rest.len()),
    }
}

/// Of a choice of images, the lessons that need no other.
fn lessons<'a>(course: &'a Course, stocks: &[Stock]) -> Vec<&'a Lesson> {
    let known = |name: &String| stocks.iter().any(|stock| stock.name == *name);
    let lessons = course.lessons.iter();
    lessons
        .filter(|lesson| lesson.images.iter().all(known))
        .collect()
}

fn needed_by<'a>(course: &'a Course, name: &str) -> Vec<&'a str> {
    let lessons = course.lessons.iter();
    let needs = |lesson: &&Lesson| lesson.images.iter().any(|image| image == name);
    lessons
        .filter(needs)
        .map(|lesson| lesson.id.as_str())
        .collect()
}

/// The images a lesson needs that the engine has not.
fn missing<'a>(lesson: &Lesson, stocks: &'a [Stock]) -> Vec<&'a Stock> {
    let needed = |stock: &&Stock| lesson.images.contains(&stock.name);
    stocks
        .iter()
        .filter(needed)
        .filter(|stock| stock.there.is_none())
        .collect()
}

fn runs(missing: &[&Stock], glyphs: Glyphs) -> String {
    let yes = glyphs.either("✓ yes", "yes");
    let names = |stocks: &[&Stock]| -> String {
        let names: Vec<&str> = stocks.iter().map(|stock| stock.name.as_str()).collect();
        names.join(", ")
    };
    let away: Vec<&Stock> = missing
        .iter()
        .copied()
        .filter(|stock| !stock.is_at_hand())
        .collect();
    match (missing, away.as_slice()) {
        ([], _) => yes.to_owned(),
        (missing, []) => format!("{yes}, with what is at hand: {}", names(missing)),
        (_, away) => format!(
            "{}: {}",
            glyphs.either("– with a network", "with a network"),
            names(away)
        ),
    }
}

/// The same for programs, with a version.
pub fn json(course: &Course, stocks: &[Stock]) -> String {
    let lessons = lessons(course, stocks);
    let image = |stock: &Stock| {
        let aliases = course.images.iter().find(|image| image.name == stock.name);
        json!({
            "name": stock.name,
            "aliases": aliases.map_or(&[][..], |image| &image.aliases),
            "lessons": needed_by(course, &stock.name),
            "present": stock.there.is_some(),
            "from": stock.there.as_ref().map(|there| there.source.to_string()),
            "stand_in": stock.there.as_ref().map(|there| there.stand_in),
            "size": stock.there.as_ref().map(|there| there.size),
            "at_hand": stock.is_at_hand(),
            "reach": stock.reach.to_string(),
        })
    };
    let lesson = |lesson: &&Lesson| {
        let missing = missing(lesson, stocks);
        json!({
            "id": lesson.id,
            "runs": missing.is_empty(),
            "runs_with_what_is_at_hand": missing.iter().all(|stock| stock.is_at_hand()),
            "missing": missing.iter().map(|stock| &stock.name).collect::<Vec<_>>(),
        })
    };
    let images: Vec<Value> = stocks.iter().map(image).collect();
    let lessons: Vec<Value> = lessons.iter().map(lesson).collect();
    format!(
        "{:#}\n",
        json!({"version": 1, "images": images, "lessons": lessons})
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::images::{Reach, Source, There};

    fn stocks(course: &Course, of: impl Fn(&str) -> (Option<Source>, Reach)) -> Vec<Stock> {
        let one = |image: &crate::course::CourseImage| {
            let (source, reach) = of(&image.name);
            let there = source.map(|source| There {
                source,
                stand_in: source != Source::Pulled,
                size: 2_000_000,
            });
            Stock {
                name: image.name.clone(),
                there,
                reach,
            }
        };
        course.images.iter().map(one).collect()
    }

    #[test]
    fn a_lesson_runs_with_what_is_there_with_what_is_at_hand_or_with_a_network() {
        let course = Course::built_in().unwrap();
        let lesson = course
            .lessons
            .iter()
            .find(|lesson| !lesson.images.is_empty())
            .unwrap();
        let state = |source: Option<Source>, reach| {
            let stocks = stocks(&course, |_| (source, reach));
            runs(&missing(lesson, &stocks), Glyphs::Unicode)
        };
        let first = &lesson.images[0];
        assert_eq!(state(Some(Source::Kit), Reach::Network), "✓ yes");
        assert!(
            state(None, Reach::Kit).starts_with(&format!("✓ yes, with what is at hand: {first}"))
        );
        assert!(state(None, Reach::Network).starts_with(&format!("– with a network: {first}")));
    }

    #[test]
    fn a_stand_in_says_that_it_is_one() {
        let course = Course::built_in().unwrap();
        let stocks = stocks(&course, |name| match name.starts_with("busybox") {
            true => (Some(Source::Built), Reach::Archive),
            false => (None, Reach::Network),
        });
        let text = text(&course, &stocks, &Style::default());
        assert!(text.contains("built, stand-in"), "{text}");
        let json: Value = serde_json::from_str(&json(&course, &stocks)).unwrap();
        assert_eq!(json["images"][0]["stand_in"], true);
        let lessons = json["lessons"].as_array().unwrap();
        let needs_more = |lesson: &&Value| lesson["missing"].to_string().contains("python");
        let lesson = lessons.iter().find(needs_more).unwrap();
        assert_eq!(lesson["runs"], false);
    }
}
