using Microsoft.ML;

namespace Siamese.Pipelines;

/// <summary>The errors of columns, worded once.</summary>
internal static class ColumnErrors
{
    /// <summary>A column that is not there: says which are, and what to do.</summary>
    public static ArgumentException NotFound(string name, IEnumerable<string> found, string remedy, string parameter) =>
        new($"Column '{name}' was not found; the rows have {string.Join(", ", found.Select(column => $"'{column}'"))}. {remedy}", parameter);

    public static InvalidOperationException Inactive(DataViewSchema.Column column) =>
        new($"Column '{column.Name}' is not active in this cursor. Ask for it when the cursor is made.");

    public static InvalidOperationException WrongType<TValue>(DataViewSchema.Column column) =>
        new($"Column '{column.Name}' holds {column.Type}, which cannot be read as {typeof(TValue)}.");
}
