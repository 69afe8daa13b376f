using Microsoft.ML;
using Microsoft.ML.Data;

namespace Siamese.Pipelines.Onnx;

/// <summary>The shape of a view's schema, which ML.NET makes for its own estimators alone.</summary>
internal static class SchemaShapes
{
    /// <summary>Gives the shape of a view's schema.</summary>
    public static SchemaShape Of(IDataView view)
    {
        // A chain hands the shape of its input to its first estimator.
        var probe = new Probe();
        new EstimatorChain<ITransformer>().Append(probe).Fit(view);
        return probe.Shape!;
    }

    /// <summary>Promises columns of given types beside those of a shape; ML.NET keeps the constructor of a promised column to itself.</summary>
    public static SchemaShape Append(MLContext ml, SchemaShape schema, IReadOnlyCollection<(string Name, DataViewType Type)> columns)
    {
        var builder = new DataViewSchema.Builder();
        foreach ((string name, DataViewType type) in columns)
        {
            builder.AddColumn(name, type);
        }

        return new SchemaShape(
        [
            .. schema.Where(column => columns.All(added => added.Name != column.Name)),
            .. Of(EmptyRows.Create(ml, builder.ToSchema())),
        ]);
    }

    private sealed class Probe : IEstimator<ITransformer>
    {
        public SchemaShape? Shape { get; private set; }

        public SchemaShape GetOutputSchema(SchemaShape inputSchema) => Shape = inputSchema;

        public ITransformer Fit(IDataView input) => new TransformerChain<ITransformer>();
    }
}
