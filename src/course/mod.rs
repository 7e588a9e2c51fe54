//! Course files → a checked course, or all its faults with their places. File shapes stay inside.

mod fault;
mod files;
mod late;
mod layout;
mod load;
pub mod matcher;
mod meaning;
mod model;
mod node;
mod page;
mod parse;
mod schema;
mod shape;
mod source;
pub mod spec;
mod tasks;
#[cfg(test)]
mod tests;
mod validate;
pub mod value;
mod workspace;

pub use fault::{CourseError, Fault, Faults};
pub use late::Late;
pub use model::{
    BuildWith, Check, ContainerWith, Course, CourseImage, Hint, Lesson, Mistake, Task, TaskOutline,
    Tree, TreeFile, When, With,
};
pub use page::lesson_of;
pub use schema::{SchemaOf, schema};
