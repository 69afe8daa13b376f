using Microsoft.ML;
using Microsoft.ML.Data;

namespace Siamese.Pipelines.Onnx;

/// <summary>Maps one row at a time, for prediction engines and for whatever else asks a chain for its row mapper.</summary>
internal sealed class AppendedColumnsMapper(IColumnAppender appender, DataViewSchema inputSchema) : IRowToRowMapper
{
    public DataViewSchema InputSchema => inputSchema;

    public DataViewSchema OutputSchema { get; } = appender.GetOutputSchema(inputSchema);

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns) =>
        appender.Resolve(dependingColumns, inputSchema, OutputSchema).Needed;

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns) =>
        appender.Append(input, OutputSchema, appender.Resolve(activeColumns, inputSchema, OutputSchema).Active);
}
