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

    /// <summary>Refuses output columns of one name: whoever reads by the name would get one of them.</summary>
    /// <param name="columns">Each column's name, and the parameter or option that names it.</param>
    public static void ThrowIfRepeated(params ReadOnlySpan<(string Name, string Parameter)> columns)
    {
        var seen = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, string parameter) in columns)
        {
            if (!seen.TryAdd(name, parameter))
            {
                throw new ArgumentException($"{seen[name]} and {parameter} both name the column '{name}'. Give each output a name of its own.", parameter);
            }
        }
    }
}
