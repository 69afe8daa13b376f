using Microsoft.ML;

namespace Siamese.Pipelines.Onnx;

/// <summary>A transformer that adds columns made of some others, row by row.</summary>
internal interface IColumnAppender
{
    /// <summary>Gets the columns that are read where an added one is asked for.</summary>
    IEnumerable<string> InputColumns { get; }

    DataViewSchema GetOutputSchema(DataViewSchema inputSchema);

    /// <summary>Makes a cursor of which some added column is active.</summary>
    /// <param name="source">Has the input columns active.</param>
    /// <param name="schema">The wider schema.</param>
    /// <param name="active">Which columns of it are active.</param>
    /// <param name="cursors">How many cursors of one set run side by side.</param>
    DataViewRowCursor Append(DataViewRowCursor source, DataViewSchema schema, bool[] active, int cursors);

    DataViewRow Append(DataViewRow source, DataViewSchema schema, bool[] active);

    /// <summary>Says which source columns a reader of some columns needs.</summary>
    (bool[] Active, DataViewSchema.Column[] Needed) Resolve(
        IEnumerable<DataViewSchema.Column> columns, DataViewSchema source, DataViewSchema schema)
    {
        var active = new bool[schema.Count];
        foreach (DataViewSchema.Column column in columns)
        {
            active[column.Index] = true;
        }

        bool[] needed = active[..source.Count];
        if (active.AsSpan(source.Count).Contains(true))
        {
            foreach (string input in InputColumns)
            {
                needed[source[input].Index] = true;
            }
        }

        return (active, [.. source.Where(column => needed[column.Index])]);
    }
}
