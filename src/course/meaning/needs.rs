//! `needs` between lessons, tasks or checks: each names something that stands above.

use super::Findings;
use crate::course::fault::{Fault, Page};
use crate::course::node::At;
use crate::text::{list, tick};

/// Something that can need others of its kind.
pub(super) struct Needing<'a> {
    pub(super) name: &'a str,
    pub(super) needs: Vec<&'a str>,
    /// The list under `needs`.
    pub(super) at: At<'a>,
    pub(super) page: Page<'a>,
}

/// Checks the needs of all things of a kind, given in their order.
pub(super) fn order(noun: &str, all: &[Needing<'_>], faults: &mut Vec<Fault>) {
    let names: Vec<&str> = all.iter().map(|one| one.name).collect();
    for (position, one) in all.iter().enumerate() {
        let mut findings = Findings {
            page: one.page,
            faults,
        };
        for (index, need) in one.needs.iter().enumerate() {
            let at = one.at.item(index);
            match names.iter().position(|name| name == need) {
                None => {
                    let others = names.iter().copied().filter(|name| *name != one.name);
                    let near = crate::text::nearest(need, others).map(str::to_owned);
                    let message = format!("there is no {noun} {}", tick(need));
                    let fault = one.page.fault(at.place(), message);
                    findings
                        .faults
                        .push(fault.allowed(need, &names[..position]).meant(near));
                }
                Some(found) if found == position => {
                    findings.at(at, format!("{} needs itself", tick(need)));
                }
                Some(found) if found > position => findings.at(at, later(one.name, need, all)),
                Some(_) if one.needs[..index].contains(need) => {
                    findings.at(at, format!("{} is named twice", tick(need)));
                }
                Some(_) => {}
            }
        }
    }
}

fn later(name: &str, need: &str, all: &[Needing<'_>]) -> String {
    match path(need, name, all) {
        Some(between) => format!("a circle: {} need each other", list(&between)),
        None => format!(
            "{} comes after {}: it cannot be needed before it is reached",
            tick(need),
            tick(name)
        ),
    }
}

/// The names from one to another along `needs`, both ends with them.
fn path<'a>(from: &'a str, to: &str, all: &[Needing<'a>]) -> Option<Vec<&'a str>> {
    let mut routes = vec![vec![from]];
    let mut seen = vec![from];
    while let Some(route) = routes.pop() {
        let last = route.last().copied()?;
        if last == to {
            let mut route = route;
            route.rotate_right(1);
            return Some(route);
        }
        let needs = all
            .iter()
            .find(|one| one.name == last)
            .map(|one| one.needs.as_slice());
        for next in needs.unwrap_or_default() {
            if !seen.contains(next) {
                seen.push(next);
                routes.push(route.iter().copied().chain([*next]).collect());
            }
        }
    }
    None
}
