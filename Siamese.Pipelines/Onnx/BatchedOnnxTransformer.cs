using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using Siamese.Pipelines.Images;

namespace Siamese.Pipelines.Onnx;

/// <summary>Runs an ONNX graph over the rows of a view: many rows at a time, several batches side by side.</summary>
/// <remarks>
/// <para>
/// It does what ML.NET's ApplyOnnxModel does a row at a time, and saves as just that: a model that holds it loads with
/// <c>ml.Model.Load</c> in a program that has only ML.NET's own packages. <c>ml.MetricLearning.Load</c> brings the batched form back.
/// </para>
/// <list type="table">
/// <listheader><term>Characteristic</term><description>Value</description></listheader>
/// <item><term>Input columns</term><description>vectors of <see cref="float"/>, or images (<see cref="MLImage"/>) or the paths of image files where the graph is a network of images</description></item>
/// <item><term>Output columns</term><description>vectors of <see cref="float"/></description></item>
/// <item><term>Threads</term><description>any number may use one transformer at once; a cursor belongs to one thread, as ML.NET's do</description></item>
/// <item><term>Dispose</term><description>frees the native memory of the network as soon as runs on other threads have ended; views and rows that came from it throw <see cref="ObjectDisposedException"/> from then on</description></item>
/// </list>
/// </remarks>
public class BatchedOnnxTransformer : ITransformer, IColumnAppender, IDisposable
{
    private readonly MLContext _ml;
    private readonly OnnxStep _step;
    private readonly OnnxScoringOptions _options;
    private readonly OnnxSession _session;
    private volatile bool _resized;

    internal BatchedOnnxTransformer(MLContext ml, OnnxStep step, OnnxScoringOptions options)
    {
        _ml = ml;
        _step = step;
        _options = options;
        _session = new OnnxSession(step, options.ThreadsPerBatch, GetType());
    }

    /// <inheritdoc/>
    public bool IsRowToRowMapper => true;

    /// <summary>Gets whether some image had another size than the network's, so that it was resized.</summary>
    internal bool HasResized => _resized;

    internal OnnxStep Step => _step;

    IEnumerable<string> IColumnAppender.InputColumns => _step.Inputs.Select(input => input.Name);

    internal void MarkResized() => _resized = true;

    /// <summary>Adds the output columns to a schema.</summary>
    /// <param name="inputSchema">Has the input columns.</param>
    /// <returns>The schema of <see cref="Transform"/>'s view.</returns>
    /// <exception cref="ArgumentException">An input column is missing, or holds something else than the graph takes.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        foreach (OnnxColumn input in _step.Inputs)
        {
            Check(inputSchema, input);
        }

        var builder = new DataViewSchema.Builder();
        builder.AddColumns(inputSchema);
        foreach (OnnxColumn output in _step.Outputs)
        {
            // The leading 1 is the batch of ML.NET's own step: whatever was fitted on that type refuses any other.
            builder.AddColumn(output.Name, new VectorDataViewType(NumberDataViewType.Single, (int[])[1, .. output.Shape]));
        }

        return builder.ToSchema();
    }

    /// <summary>Adds the output columns to a view. Nothing is scored until they are read.</summary>
    /// <param name="input">Has the input columns.</param>
    /// <returns>The rows of <paramref name="input"/>, in its order, with the output columns added.</returns>
    /// <exception cref="ArgumentException">An input column is missing, or holds something else than the graph takes.</exception>
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

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        if (_session.RowsOfARun > 1)
        {
            throw new InvalidOperationException(
                $"The network takes batches of exactly {_session.RowsOfARun} rows, but a saved ML.NET model runs a row at a time. "
                + "Export the network with a batch dimension that is free, or of 1, to save it.");
        }

        PrepareToSave(_ml);
        using var stock = StockOnnxChain.Create(_ml, _step);
        stock.Save(ctx);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    DataViewRowCursor IColumnAppender.Append(DataViewRowCursor source, DataViewSchema schema, bool[] active, int cursors)
    {
        // Cursors of one set run side by side already.
        OnnxScoringOptions options = cursors == 1
            ? _options
            : _options with { MaxDegreeOfParallelism = Math.Max(1, _options.MaxDegreeOfParallelism / cursors) };
        return new BatchedOnnxCursor(source, schema, active, _step, _session, options, MarkResized);
    }

    DataViewRow IColumnAppender.Append(DataViewRow source, DataViewSchema schema, bool[] active) =>
        new BatchedOnnxRow(source, schema, active, _step, _session, MarkResized);

    /// <summary>Refuses to be saved, or says what will differ, where the saved form cannot do the same.</summary>
    private protected virtual void PrepareToSave(MLContext ml)
    {
    }

    /// <summary>Frees the network.</summary>
    /// <param name="disposing">Whether it is called by <see cref="Dispose()"/>.</param>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            _session.Dispose();
        }
    }

    private static void Check(DataViewSchema schema, OnnxColumn input)
    {
        DataViewSchema.Column column = schema.GetColumnOrNull(input.Name) ?? throw ColumnErrors.NotFound(
            input.Name, schema.Select(found => found.Name), VectorColumns.Remedy, "inputSchema");
        VectorDataViewType? vector = column.Type is VectorDataViewType { IsKnownSize: true } found && found.ItemType == NumberDataViewType.Single ? found : null;
        string? wrong = vector is not null && input.Pixels is { } pixels ? PixelVectors.Compare(vector, pixels) : null;
        bool fits = input.Paths is not null ? column.Type is TextDataViewType
            : input.Image is not null ? column.Type is ImageDataViewType
            : input.Pixels is not null ? vector is not null && wrong is null
            : vector?.Size == input.Length;
        if (!fits)
        {
            string values = $"a vector of {input.Length} Single values ({string.Join(" x ", input.Shape)})";
            string expected = input.Paths is not null ? "text, the paths of image files"
                : input.Image is not null ? "images"
                : input.Pixels is not null ? $"images, the paths of image files as text, or {values}"
                : values;
            throw new ArgumentException($"Column '{input.Name}' holds {column.Type}, but the network takes {expected}. {wrong}".TrimEnd(), "inputSchema");
        }
    }
}
