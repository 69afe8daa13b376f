using Microsoft.ML;
using Microsoft.ML.Data;
using Siamese.Pipelines.Onnx;

namespace Siamese.Pipelines.Faces;

/// <summary>Finds, aligns or embeds the faces of a column of pictures, several pictures side by side.</summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>Characteristic</term><description>Value</description></listheader>
/// <item><term>Saves to a plain ML.NET model</term><description>no: it says so, and what to do, when it is saved</description></item>
/// <item><term>Threads</term><description>any number may use one transformer at once; a cursor belongs to one thread, as ML.NET's do</description></item>
/// <item><term>Memory</term><description>twice as many pictures as are worked on side by side, whatever the number of rows</description></item>
/// <item><term>Dispose</term><description>frees the network that embeds; the detector stays its owner's, who disposes it last</description></item>
/// </list>
/// </remarks>
public sealed class FaceTransformer : ITransformer, IColumnAppender, IDisposable
{
    private readonly FaceStep _step;
    private volatile bool _disposed;

    internal FaceTransformer(FaceStep step) => _step = step;

    /// <inheritdoc/>
    public bool IsRowToRowMapper => true;

    IEnumerable<string> IColumnAppender.InputColumns => _step.Inputs;

    /// <summary>Adds the output columns to a schema.</summary>
    /// <param name="inputSchema">Has the input columns.</param>
    /// <returns>The schema of <see cref="Transform"/>'s view.</returns>
    /// <exception cref="ArgumentException">An input column is missing, or holds something else than the step takes.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        _step.Check(inputSchema);
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(inputSchema);
        foreach ((string name, DataViewType type) in _step.Outputs)
        {
            builder.AddColumn(name, type);
        }

        return builder.ToSchema();
    }

    /// <summary>Adds the output columns to a view. Nothing is done until they are read.</summary>
    /// <param name="input">Has the input columns.</param>
    /// <returns>The rows of <paramref name="input"/>, in its order, with the output columns added.</returns>
    /// <exception cref="ArgumentException">An input column is missing, or holds something else than the step takes.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new AppendedColumnsView(this, input);
    }

    /// <inheritdoc/>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return new AppendedColumnsMapper(this, inputSchema);
    }

    void ICanSaveModel.Save(ModelSaveContext ctx) => throw FaceErrors.NotSaved();

    /// <summary>Frees the step's native memory, once the rows that are worked on have ended; whatever reads rows later throws.</summary>
    public void Dispose()
    {
        _disposed = true;
        _step.Dispose();
    }

    DataViewRowCursor IColumnAppender.Append(DataViewRowCursor source, DataViewSchema schema, bool[] active, int cursors)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);

        // Cursors of one set run side by side already.
        int parallel = Math.Max(1, _step.Options.Scoring.MaxDegreeOfParallelism / cursors);
        return new FaceCursor(source, schema, active, _step, parallel);
    }

    DataViewRow IColumnAppender.Append(DataViewRow source, DataViewSchema schema, bool[] active)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return new FaceRow(source, schema, active, _step);
    }
}
