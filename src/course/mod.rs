//! Course files → a checked course, or all its faults with their places. File shapes stay inside.

pub mod matcher;
mod model;
pub mod spec;
pub mod value;

pub use model::{
    BuildWith, Check, ContainerWith, Course, CourseImage, Lesson, Mistake, Task, Tree, TreeFile,
    With,
};
