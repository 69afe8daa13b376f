using System.Collections;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Siamese.Pipelines.Rejection;

/// <summary>Says which rows are unknown, and takes their predicted label away.</summary>
/// <remarks>It is a chain of one ONNX graph and stock parts, and is saved as that.</remarks>
public sealed class RejectUnknownTransformer : ITransformer, IEnumerable<ITransformer>, IDisposable
{
    private readonly TransformerChain<ITransformer> _chain;

    internal RejectUnknownTransformer(TransformerChain<ITransformer> chain, RejectionCalibration calibration)
    {
        _chain = chain;
        Calibration = calibration;
    }

    /// <summary>Gets the threshold and how it came about.</summary>
    public RejectionCalibration Calibration { get; }

    /// <inheritdoc/>
    public bool IsRowToRowMapper => true;

    /// <inheritdoc/>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) =>
        _chain.GetOutputSchema(Guard.NotNull(inputSchema, nameof(inputSchema)));

    /// <inheritdoc/>
    public IDataView Transform(IDataView input) => _chain.Transform(Guard.NotNull(input, nameof(input)));

    /// <inheritdoc/>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) =>
        ((ITransformer)_chain).GetRowToRowMapper(Guard.NotNull(inputSchema, nameof(inputSchema)));

    void ICanSaveModel.Save(ModelSaveContext ctx) => ((ICanSaveModel)_chain).Save(ctx);

    /// <inheritdoc/>
    public IEnumerator<ITransformer> GetEnumerator() => _chain.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Frees the native memory of the graph.</summary>
    public void Dispose() => _chain.Dispose();
}
