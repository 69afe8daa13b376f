using Microsoft.ML;
using Microsoft.ML.Data;

namespace Siamese.Pipelines.Faces;

/// <summary>Maps one row at a time, for prediction engines and for whatever else asks a chain for its row mapper.</summary>
internal sealed class FaceMapper(FaceTransformer transformer, DataViewSchema inputSchema) : IRowToRowMapper
{
    public DataViewSchema InputSchema => inputSchema;

    public DataViewSchema OutputSchema { get; } = transformer.GetOutputSchema(inputSchema);

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns) =>
        transformer.Resolve(dependingColumns, inputSchema, OutputSchema).Needed;

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns) =>
        transformer.Wrap(input, OutputSchema, transformer.Resolve(activeColumns, inputSchema, OutputSchema).Active);
}
