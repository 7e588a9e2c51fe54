# yours
